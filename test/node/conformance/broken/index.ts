/** Together they turn every check red at least once, in every version it has. */
import { BROKEN_AUTH } from './auth.ts';
import type { BrokenServer } from './broken-server.ts';
import { BROKEN_ERRORS } from './errors.ts';
import { BROKEN_HEADERS } from './headers.ts';
import { BROKEN_LIMITS } from './limits.ts';
import { BROKEN_MONEY } from './money.ts';
import { BROKEN_OFFERS } from './offers.ts';
import { BROKEN_USAGE } from './usage.ts';

export const BROKEN_SERVERS: readonly BrokenServer[] = [
  ...BROKEN_OFFERS,
  ...BROKEN_MONEY,
  ...BROKEN_USAGE,
  ...BROKEN_HEADERS,
  ...BROKEN_AUTH,
  ...BROKEN_ERRORS,
  ...BROKEN_LIMITS,
];
