/** `contract_drift`: what arrived that the contract does not say, by path. */
import type { Counted, DriftStore, Finding } from './drift.ts';

/** More rows tell nobody more; unknown names go first, of those the ones that were not seen for longest. */
export const MAX_ROWS = 400;
/** A drift that ended is of no interest for longer. */
const KEPT_MS = 90 * 24 * 60 * 60 * 1000;

/** ?1 a JSON list of findings with their counts. A re-run after a lost answer counts twice, which does no harm. */
const ADD = `
INSERT INTO contract_drift (version, route, path, problem, found, expected, count, first_seen_at, last_seen_at)
SELECT value ->> 'version', value ->> 'route', value ->> 'path', value ->> 'problem', value ->> 'found',
  value ->> 'expected', value ->> 'count', value ->> 'firstSeenAt', value ->> 'lastSeenAt'
FROM json_each(?1) WHERE true
ON CONFLICT (version, route, path, found) DO UPDATE SET
  count = count + excluded.count, problem = excluded.problem, expected = excluded.expected,
  last_seen_at = max(last_seen_at, excluded.last_seen_at)`;

/** ?1 epoch milliseconds: what was seen last before it goes */
const TRIM = `
DELETE FROM contract_drift WHERE last_seen_at < ?1 OR (version, route, path, found) IN (
  SELECT version, route, path, found FROM contract_drift ORDER BY problem = 'unknown_field' AND path <> '(others)', last_seen_at DESC LIMIT -1 OFFSET ${MAX_ROWS})`;

const LIST = `
SELECT version, route, path, problem, found, expected, count, first_seen_at AS firstSeenAt, last_seen_at AS lastSeenAt
FROM contract_drift ORDER BY last_seen_at DESC, version, route, path, found`;

export class D1DriftStore implements DriftStore {
  private readonly db: D1Database;

  constructor(db: D1Database) {
    this.db = db;
  }

  async add(counted: readonly Counted[], now: number): Promise<void> {
    const { db } = this;
    await db.batch([db.prepare(ADD).bind(JSON.stringify(counted)), db.prepare(TRIM).bind(now - KEPT_MS)]);
  }

  async list(): Promise<Counted[]> {
    return (await this.db.prepare(LIST).all<Counted & Finding>()).results;
  }
}
