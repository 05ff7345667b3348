/**
 * What needs a person, found and claimed in one statement, so that any number of sweeps send one POST. What is found
 * costs a read or two for each cause; only what is claimed is counted.
 */

export const HOUR_MS = 60 * 60 * 1000;
/** Longer than a POST may take, shorter than from one sweep to the next. */
export const CLAIM_MS = 45_000;
/** Nobody needs a larger number to see that it is large. */
export const MAX_COUNT = 1000;

const lines = (state: 'dead' | 'unrecognised') => `used_discounts WHERE state = '${state}'`;
const AGE = 'coalesce(settled_at, recorded_at)';

const newest = (cause: string, time: string, rows: string) =>
  `SELECT '${cause}' AS cause, (SELECT ${time} FROM ${rows} ORDER BY ${time} DESC LIMIT 1) AS newest`;
const oldest = (time: string, rows: string) => `(SELECT ${time} FROM ${rows} ORDER BY ${time} LIMIT 1)`;
const countOf = (rows: string) => `(SELECT count(*) FROM (SELECT 1 FROM ${rows} LIMIT ${MAX_COUNT}))`;

/** Of the orders that are next in turn: there is no index on how long they have been waiting. */
const waiting = (limit: string | number) => `(
  SELECT opened_at FROM deliveries WHERE due_at IS NOT NULL ORDER BY due_at LIMIT ${limit})`;
const WAITING_TOO_LONG = `${waiting(MAX_COUNT)} WHERE opened_at <= ?1 - ${HOUR_MS}`;
/** Not looked for while it would not be told anyway. */
const UNTOLD = `iif(EXISTS (SELECT 1 FROM alerts WHERE cause = 'deliveries.waiting' AND sent_at > ?1 - ${HOUR_MS}),
  0, ${MAX_COUNT})`;

/**
 * The gate and what waits are states: told again each hour while they last. Of the others only a newer case is news.
 * An alert that did not arrive is tried again under its first `raised_at`, unless there is news by then.
 * ?1 now
 */
export const CLAIM_ALERTS = `
INSERT INTO alerts (cause, newest, raised_at, claimed_at, sent_at)
SELECT cause, newest, ?1, ?1, 0 FROM (
  SELECT 'gate.paused:' || coalesce(reason, 'unknown') AS cause, paused_at AS newest
    FROM delivery_gate WHERE id = 1 AND state <> 'open'
  UNION ALL ${newest('discounts.dead', AGE, lines('dead'))}
  UNION ALL ${newest('discounts.unrecognised', AGE, lines('unrecognised'))}
  UNION ALL ${newest('usages.conflict', 'first_at', 'usage_conflicts')}
  UNION ALL SELECT 'deliveries.waiting', (SELECT min(opened_at) FROM ${waiting(UNTOLD)}
    HAVING min(opened_at) <= ?1 - ${HOUR_MS})
) WHERE newest IS NOT NULL
ON CONFLICT (cause) DO UPDATE SET
  raised_at = iif(raised_at > sent_at AND newest = excluded.newest, raised_at, excluded.raised_at),
  newest = excluded.newest,
  claimed_at = excluded.claimed_at
WHERE claimed_at <= ?1 - ${CLAIM_MS} AND sent_at <= ?1 - ${HOUR_MS}
  AND (excluded.newest > newest OR raised_at > sent_at
    OR cause = 'deliveries.waiting' OR cause GLOB 'gate.paused:*')
RETURNING cause, raised_at,
  CASE cause
    WHEN 'discounts.dead' THEN ${oldest(AGE, lines('dead'))}
    WHEN 'discounts.unrecognised' THEN ${oldest(AGE, lines('unrecognised'))}
    WHEN 'usages.conflict' THEN ${oldest('first_at', 'usage_conflicts')}
    ELSE newest END AS since,
  CASE cause
    WHEN 'discounts.dead' THEN ${countOf(lines('dead'))}
    WHEN 'discounts.unrecognised' THEN ${countOf(lines('unrecognised'))}
    WHEN 'usages.conflict' THEN ${countOf('usage_conflicts')}
    WHEN 'deliveries.waiting' THEN ${countOf(WAITING_TOO_LONG)}
    END AS count,
  iif(cause GLOB 'gate.paused:*', (SELECT detail FROM delivery_gate WHERE id = 1), NULL) AS detail`;

/** ?1 JSON list of causes, ?2 now */
export const MARK_SENT = `UPDATE alerts SET sent_at = ?2 WHERE cause IN (SELECT value FROM json_each(?1))`;
