/** What the overview shows besides the totals of days: a bounded look at what is open, waits or was tried of late. */

/** Nobody needs a larger number to see that it is large; as for alerts. */
export const MAX_COUNT = 1000;
/** Newest usages, and orders that wait, whose attempts are looked at: */
const LATELY = 200;
/** so many of each at most. Backoff makes six in an hour. */
const ATTEMPTS = 10;

const capped = (state: string, time: string, rows: string) => `
SELECT '${state}' AS state, count(*) AS rows, min(at) AS oldest
FROM (SELECT ${time} AS at FROM ${rows} ORDER BY ${time} LIMIT ${MAX_COUNT})`;

const lines = (state: 'dead' | 'unrecognised' | 'rejected') =>
  capped(state, 'coalesce(settled_at, recorded_at)', `used_discounts WHERE state = '${state}'`);

/** A row each: how many, at most {@link MAX_COUNT}, and the oldest. */
export const COUNT_WAITING = [
  lines('dead'),
  lines('unrecognised'),
  lines('rejected'),
  capped('conflict', 'first_at', 'usage_conflicts'),
  // Of those next in turn: there is no index on how long they have been waiting.
  `SELECT 'open' AS state, count(*) AS rows, min(opened_at) AS oldest
   FROM (SELECT opened_at FROM deliveries WHERE due_at IS NOT NULL ORDER BY due_at LIMIT ${MAX_COUNT})`,
] as const;

/** The same of refused requests. ?1 first day that counts */
export const COUNT_REFUSED = `SELECT 'refused' AS state, count(*) AS rows, min(first_at) AS oldest
   FROM (SELECT first_at FROM refused_requests WHERE day >= ?1 ORDER BY day LIMIT ${MAX_COUNT})`;

/** By outcome, of the orders that came in of late and of those that wait. ?1 since, epoch milliseconds */
export const ATTEMPTS_SINCE = `
WITH lately AS (
  SELECT order_key FROM (SELECT order_key, received_at FROM usages ORDER BY id DESC LIMIT ${LATELY})
    WHERE received_at >= ?1
  UNION SELECT order_key FROM (
    SELECT order_key FROM deliveries WHERE due_at IS NOT NULL ORDER BY due_at LIMIT ${LATELY}))
SELECT outcome, count(*) AS number, CAST(avg(duration_ms) AS INTEGER) AS usual_ms, max(duration_ms) AS longest_ms
FROM lately CROSS JOIN deliveries AS held ON held.order_key = lately.order_key
CROSS JOIN delivery_attempts AS attempt
  ON attempt.order_key = lately.order_key AND attempt.fence > held.fence - ${ATTEMPTS}
WHERE attempt.started_at >= ?1 GROUP BY outcome ORDER BY number DESC`;

/** Usages that the totals of days do not hold yet. */
export const COUNT_BEHIND = `
SELECT coalesce((SELECT max(id) FROM usages), 0) - (SELECT counted_id FROM totals_progress WHERE id = 1) AS ids`;
