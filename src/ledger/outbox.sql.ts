/**
 * Claiming and settling orders. Fences and leases in SQL: a worker that lost its order can still report a success, which
 * is a fact, but no failure, which is an opinion. Lists travel as JSON; each statement may run again after a lost answer.
 *
 * An order that is simply delivered writes six rows: claim 2 (row, due time), each of two lines 1, order 1, attempt 1.
 */
import { ALLOWED, MANY } from './gate.sql.ts';

/** Workers that vanished one after the other: the order kills them. */
const MAX_CRASHES = 20;
const HORIZON_MS = 72 * 60 * 60 * 1000;
/** Fewer attempts than the horizon holds: it was us who were away. */
const MIN_ATTEMPTS = 10;
/** Looked at in one sweep: whoever was tried for so long is in front. */
const GIVE_UP_LIMIT = 200;

/** The gate's clock: it stands still while the gate is shut. ?1 now */
const CLOCK = '(SELECT coalesce(paused_at, ?1) - shut_ms FROM delivery_gate WHERE id = 1)';
const IS_CRASH_LOOP = `(state = 'leased' AND crashes >= ${MAX_CRASHES - 1})`;
/** The sweep gives it up, and nobody claims it before. */
const IS_SPENT = `(${IS_CRASH_LOOP}
  OR (attempts >= ${MIN_ATTEMPTS} AND ${CLOCK} - coalesce(open_clock_at, ${CLOCK}) > ${HORIZON_MS}))`;

const DUE_IDS = `(
  SELECT json_group_array(discount_id) FROM (
    SELECT discount_id FROM used_discounts AS line
    WHERE line.order_key = deliveries.order_key AND line.state = 'due' ORDER BY discount_id))`;

/** Nobody knows what became of these. */
const UNKNOWN_IDS = `iif(state = 'leased' OR last_outcome = 'unknown', (
  SELECT nullif(json_group_array(asked.value), '[]') FROM json_each(call_lines) AS asked JOIN used_discounts AS line
    ON line.order_key = deliveries.order_key AND line.discount_id = asked.value WHERE line.state = 'due'), NULL)`;

/**
 * A lease that ran out means that its worker vanished, and nobody knows what it did. Then, and while an outcome is
 * unknown, the attempt is about the same lines as before.
 * ?1 now, ?2 probe token, ?3 lease end, ?4 limit, ?5 pace interval, ?6 burst
 */
export const CLAIM = `
UPDATE deliveries SET
  state = 'leased',
  due_at = ?3,
  fence = fence + 1,
  crashes = crashes + (state = 'leased'),
  last_outcome = CASE WHEN ${UNKNOWN_IDS} IS NOT NULL THEN 'unknown' WHEN last_outcome = 'later' THEN 'later' ELSE 'none' END,
  call_lines = coalesce(${UNKNOWN_IDS}, ${DUE_IDS}),
  first_attempt_at = coalesce(first_attempt_at, ?1),
  open_clock_at = coalesce(open_clock_at, ${CLOCK})
WHERE order_key IN (
  SELECT order_key FROM deliveries WHERE due_at <= ?1 AND NOT ${IS_SPENT} ORDER BY due_at LIMIT ${ALLOWED})
RETURNING order_key, fence, attempts, crashes, generation, last_outcome, first_attempt_at, upstream_ref, channel,
  basket_state, snapshot, unknown_call, call_lines, (
    SELECT json_group_array(json_object('id', discount_id, 'state', state, 'type', type, 'amount', amount,
      'currency', currency, 'reference', reference, 'upstreamRef', line.upstream_ref))
    FROM used_discounts AS line WHERE line.order_key = deliveries.order_key) AS lines`;

/**
 * A success counts whoever brings it. When so many orders in a row were refused whole, none of them is condemned.
 * ?1 `[{order, fence, id, state, reason, ref, uncertain, whole}]`, ?2 now
 */
export const SETTLE_LINES = `
UPDATE used_discounts SET
  state = report.value ->> 'state',
  reason = report.value ->> 'reason',
  upstream_ref = coalesce(report.value ->> 'ref', upstream_ref),
  uncertain = report.value ->> 'uncertain',
  settled_at = ?2
FROM json_each(?1) AS report
WHERE used_discounts.order_key = report.value ->> 'order' AND used_discounts.discount_id = report.value ->> 'id'
  AND CASE report.value ->> 'state'
    WHEN 'delivered' THEN used_discounts.state IN ('due', 'rejected', 'dead', 'discarded')
    ELSE used_discounts.state = 'due'
      AND EXISTS (SELECT 1 FROM deliveries AS held WHERE held.order_key = report.value ->> 'order'
        AND held.fence = report.value ->> 'fence' AND held.state = 'leased')
      AND NOT (report.value ->> 'whole'
        AND (SELECT json_array_length(refusing) FROM delivery_gate WHERE id = 1) >= ${MANY})
    END`;

const IS_OPEN = `EXISTS (SELECT 1 FROM used_discounts AS line
  WHERE line.order_key = deliveries.order_key AND line.state = 'due')`;
/** Something of what was just attempted is still due, not only what joined meanwhile. */
const CALL_IS_OPEN = `EXISTS (SELECT 1 FROM json_each(deliveries.call_lines) AS asked JOIN used_discounts AS line
  ON line.order_key = deliveries.order_key AND line.discount_id = asked.value WHERE line.state = 'due')`;
const GATE_IS_OPEN = `(SELECT state = 'open' FROM delivery_gate WHERE id = 1)`;
const NEXT_OUTCOME = `coalesce(report.value ->> 'last', last_outcome)`;

/**
 * While the gate is shut nothing ages: the attempt is not counted, and the order goes to the end of those that wait.
 * An order that another worker holds stays with it, also where nothing of it is due any more. Answers when something
 * happens next: the order's own time, or the next probe of a gate that is shut; null for an order that is done.
 * ?1 `[{order, fence, dueAt, asked, last, call, ref}]`, ?2 now
 */
export const SETTLE_ORDERS = `
UPDATE deliveries SET
  state = iif(${IS_OPEN}, 'due', 'done'),
  due_at = CASE
    WHEN NOT ${IS_OPEN} THEN NULL
    WHEN NOT ${CALL_IS_OPEN} THEN ?2
    WHEN ${GATE_IS_OPEN} OR report.value ->> 'asked' THEN report.value ->> 'dueAt'
    ELSE ?2 END,
  done_at = iif(${IS_OPEN}, NULL, ?2),
  attempts = CASE
    WHEN NOT ${IS_OPEN} THEN attempts + 1
    WHEN NOT ${CALL_IS_OPEN} THEN 0
    ELSE attempts + ${GATE_IS_OPEN} END,
  crashes = 0,
  last_outcome = iif(${CALL_IS_OPEN}, ${NEXT_OUTCOME}, 'none'),
  unknown_call = iif(${CALL_IS_OPEN} AND ${NEXT_OUTCOME} = 'unknown',
    coalesce(report.value ->> 'call', unknown_call), NULL),
  call_lines = iif(${CALL_IS_OPEN}, call_lines, NULL),
  first_attempt_at = iif(${IS_OPEN} AND NOT ${CALL_IS_OPEN}, NULL, first_attempt_at),
  open_clock_at = iif(${IS_OPEN} AND NOT ${CALL_IS_OPEN}, NULL, open_clock_at),
  upstream_ref = coalesce(report.value ->> 'ref', upstream_ref)
FROM json_each(?1) AS report
WHERE deliveries.order_key = report.value ->> 'order'
  AND ((fence = report.value ->> 'fence' AND state = 'leased')
    OR (NOT ${IS_OPEN} AND (state = 'due' OR (state = 'leased' AND due_at <= ?2))))
RETURNING deliveries.order_key, iif(due_at IS NULL OR ${GATE_IS_OPEN}, due_at,
  (SELECT until FROM delivery_gate WHERE id = 1)) AS due_at`;

/** ?1 `[{order, fence, startedAt, durationMs, outcome, status, detail}]` */
export const INSERT_ATTEMPTS = `
INSERT INTO delivery_attempts (order_key, fence, started_at, duration_ms, outcome, status, detail)
SELECT value ->> 'order', value ->> 'fence', value ->> 'startedAt', value ->> 'durationMs', value ->> 'outcome',
  value ->> 'status', value ->> 'detail'
FROM json_each(?1) WHERE true
ON CONFLICT (order_key, fence) DO NOTHING`;

/** Of those that have waited longest, open gate or not. ?1 now */
const SPENT = `(
  SELECT order_key AS spent_key, call_lines AS asked, state = 'leased' OR last_outcome = 'unknown' AS unknown,
    iif(${IS_CRASH_LOOP}, 'crash_loop', 'exhausted') AS why
  FROM (SELECT * FROM deliveries WHERE due_at <= ?1 ORDER BY due_at LIMIT ${GIVE_UP_LIMIT})
  WHERE ${IS_SPENT})`;

/** The lines that it was about; one that joined since has its own time before it. ?1 now */
export const GIVE_UP_LINES = `
UPDATE used_discounts SET
  state = 'dead',
  reason = spent.why,
  uncertain = spent.unknown,
  settled_at = ?1
FROM ${SPENT} AS spent
WHERE used_discounts.order_key = spent.spent_key AND used_discounts.state = 'due'
  AND used_discounts.discount_id IN (SELECT value FROM json_each(spent.asked))
RETURNING order_key, reason`;

/** Keeps the text of an unknown outcome: whoever replays the order sends it again. ?1 now */
export const GIVE_UP_ORDERS = `
UPDATE deliveries SET
  state = iif(${IS_OPEN}, 'due', 'done'),
  due_at = iif(${IS_OPEN}, ?1, NULL),
  done_at = iif(${IS_OPEN}, NULL, ?1),
  attempts = iif(${IS_OPEN}, 0, attempts),
  crashes = 0,
  last_outcome = 'none',
  first_attempt_at = iif(${IS_OPEN}, NULL, first_attempt_at),
  open_clock_at = iif(${IS_OPEN}, NULL, open_clock_at),
  call_lines = iif(${IS_OPEN}, NULL, call_lines),
  unknown_call = iif(${IS_OPEN}, NULL, unknown_call)
WHERE order_key IN (SELECT spent_key FROM ${SPENT}) AND NOT EXISTS (
  SELECT 1 FROM used_discounts AS line WHERE line.order_key = deliveries.order_key AND line.state = 'due'
    AND line.discount_id IN (SELECT value FROM json_each(deliveries.call_lines)))`;
