/**
 * Totals of each day, counted along the request log: a usage once when it is there, and its discounts once more when it
 * is an hour old, for what became of them. `totals_progress` says how far either got; whoever writes does so only as
 * long as that is where it read, in one transaction, so that nothing is counted twice however many sweeps there are.
 */

/** Usages that one sweep counts at most: 1.4 million a day. */
export const CHUNK = 1000;

/** Zones differ from UTC by whole quarters of an hour, so that days can be told from them. */
export const QUARTER_MS = 15 * 60 * 1000;

export const READ_PROGRESS = 'SELECT counted_id, judged_id FROM totals_progress WHERE id = 1';

const chunkAfter = (column: 'counted_id' | 'judged_id') => `
  SELECT id, order_key, received_at FROM usages
  WHERE id > (SELECT ${column} FROM totals_progress WHERE id = 1) ORDER BY id LIMIT ${CHUNK}`;

const LINES = 'used_discounts AS line ON line.order_key = mine.order_key AND line.usage_id = mine.id';

/** Above this a sum could leave 64 bits: such amounts are given one by one. */
const LARGE = 1_000_000_000_000;
const IS_SMALL = `typeof(line.amount) = 'integer' AND line.amount < ${LARGE}`;

/** Rows with `last_id` are of usages, the others of discounts, type '' where it is not known. `minor` + `large` = BASKET. */
export const COUNT_RECEIVED = `
WITH mine AS MATERIALIZED (${chunkAfter('counted_id')})
SELECT received_at / ${QUARTER_MS} AS quarter, NULL AS type, NULL AS currency, count(*) AS number, NULL AS minor,
  NULL AS large, max(id) AS last_id
FROM mine GROUP BY quarter
UNION ALL
SELECT mine.received_at / ${QUARTER_MS} AS quarter, coalesce(line.type, '') AS type, line.currency, count(*),
  CAST(sum(iif(line.type = 'BASKET' AND ${IS_SMALL}, line.amount, 0)) AS TEXT),
  json_group_array(CAST(line.amount AS TEXT)) FILTER (WHERE line.type = 'BASKET' AND NOT (${IS_SMALL})), NULL
FROM mine CROSS JOIN ${LINES}
GROUP BY 1, 2, 3`;

/** Upper ends of how long a delivery took, in ms; what took longer is the rest. */
export const DELAYS = { seconds: 10_000, minute: 60_000, minutes: 600_000, hour: 3_600_000 } as const;

/**
 * Up to the first that is too young. What a person discarded or has to look at is no delivery. `delay` only of what was
 * delivered. ?1 received at this or before
 */
export const JUDGE_DELIVERIES = `
WITH chunk AS MATERIALIZED (${chunkAfter('judged_id')}),
mine AS MATERIALIZED (
  SELECT * FROM chunk WHERE id < coalesce((SELECT min(id) FROM chunk WHERE received_at > ?1), ${Number.MAX_SAFE_INTEGER}))
SELECT received_at / ${QUARTER_MS} AS quarter, NULL AS state, NULL AS delay, count(*) AS number, max(id) AS last_id
FROM mine GROUP BY quarter
UNION ALL
SELECT mine.received_at / ${QUARTER_MS} AS quarter, line.state,
  CASE WHEN line.state <> 'delivered' THEN NULL
    ${Object.entries(DELAYS)
      .map(([name, ms]) => `WHEN line.settled_at - line.recorded_at <= ${ms} THEN '${name}'`)
      .join(' ')}
    ELSE 'later' END AS delay,
  count(*), NULL
FROM mine CROSS JOIN ${LINES}
WHERE line.state IN ('due', 'delivered', 'rejected', 'dead')
GROUP BY 1, 2, 3`;

/** ?1 days as JSON */
export const READ_DAYS = 'SELECT day, totals FROM daily_totals WHERE day IN (SELECT value FROM json_each(?1))';

const IS_AS_READ = 'EXISTS (SELECT 1 FROM totals_progress WHERE id = 1 AND counted_id = ?2 AND judged_id = ?3)';

/** ?1 `{"<day>": totals}` as JSON, ?2 and ?3 the progress that was read */
export const WRITE_DAYS = `
INSERT INTO daily_totals (day, totals) SELECT key, value FROM json_each(?1) WHERE ${IS_AS_READ}
ON CONFLICT (day) DO UPDATE SET totals = excluded.totals`;

/** ?1 as JSON [counted id, judged id], ?2 and ?3 the progress that was read */
export const ADVANCE = `
UPDATE totals_progress SET counted_id = ?1 ->> 0, judged_id = ?1 ->> 1
WHERE id = 1 AND counted_id = ?2 AND judged_id = ?3`;

/** Newest first. ?1 the first day, ?2 how many */
export const LIST_DAYS = 'SELECT day, totals FROM daily_totals WHERE day >= ?1 ORDER BY day DESC LIMIT ?2';
