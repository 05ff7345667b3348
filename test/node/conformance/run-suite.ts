/** The suite as a function, against a server on loopback that settles at once. */
import { CHECKS, groupOf } from '../../../conformance/checks/index.ts';
import { type Outcome, runSuite, type SuiteOptions } from '../../../conformance/runner.ts';
import { CREDENTIALS } from './reference-server.ts';

const PACE = { pollMs: 1, quietMs: 2, maxMs: 20 };

let runs = 0;

export function runOn(url: string, options: Partial<SuiteOptions> = {}): Promise<Outcome> {
  return runSuite({
    url,
    credentials: CREDENTIALS,
    timeoutMs: 5000,
    level: 'practice',
    version: null,
    name: `test${++runs}`,
    checks: CHECKS,
    pace: PACE,
    ...options,
  });
}

/** Checks of these groups, and single ones by id. */
export function checksOf(...names: readonly string[]) {
  return CHECKS.filter(({ id }) => names.includes(id) || names.includes(groupOf(id)));
}

/** `v2 offers/status` of every check with this status. */
export function namesOf({ results }: Outcome, status: string): string[] {
  return results
    .filter(({ verdict }) => verdict.status === status)
    .map(({ version, check }) => `${version} ${check.id}`);
}
