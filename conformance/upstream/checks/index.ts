/** All checks, in the order in which they run. */
import { type Check, OFFERS } from '../check.ts';
import { authChecks, httpChecks } from './both.ts';
import { offersChecks } from './offers.ts';
import { invalidOffers, usagesChecks } from './usages.ts';

export const CHECKS: readonly Check[] = [
  ...offersChecks,
  {
    id: 'offers/invalid-body',
    expected: 'refuses a missing or wrong body with 4xx, never with 2xx',
    section: OFFERS,
    run: invalidOffers,
  },
  ...usagesChecks,
  ...authChecks,
  ...httpChecks,
];
