/** All checks, in the order of the report. */
import type { Check } from '../check.ts';
import { authChecks } from './auth.ts';
import { errorChecks } from './errors.ts';
import { headerChecks } from './headers.ts';
import { limitChecks } from './limits.ts';
import { moneyChecks } from './money.ts';
import { offersAnswerChecks } from './offers-answers.ts';
import { offersRequestChecks } from './offers-requests.ts';
import { usageChecks } from './usage.ts';

export const CHECKS: readonly Check[] = [
  ...offersRequestChecks,
  ...offersAnswerChecks,
  ...moneyChecks,
  ...usageChecks,
  ...headerChecks,
  ...authChecks,
  ...errorChecks,
  ...limitChecks,
];

export function groupOf(id: string): string {
  return id.slice(0, id.indexOf('/'));
}

export const GROUPS: readonly string[] = [...new Set(CHECKS.map(({ id }) => groupOf(id)))];
export const VERSIONS = ['v2', 'v1'] as const;
