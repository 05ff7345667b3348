/**
 * What people decide about orders: replay, discard, and that a discount was delivered. Each decision is one batch of four statements, its audit rows
 * first: they say which lines it is about, so that the statements after them agree. Safe to run twice with the same
 * time and actor: a line that was settled after the decision is none of its business.
 *
 * Every statement takes ?1 `[[order key, discount id or null for every line, state or absent for any]]` as JSON: with a
 * state, a line that is in another one by now is left alone. The statements of a decision also
 * take ?2 now (epoch milliseconds), ?3 actor, ?4 reason, 1 to 500 characters.
 */

/** What became of it is not known: nothing may be decided that assumes that it was done, or that it was not. */
const IS_UNKNOWN = `(d.state = 'due' AND d.last_outcome = 'unknown')`;
const HAS_UNSETTLED_LINE = `EXISTS (
  SELECT 1 FROM used_discounts AS other WHERE other.order_key = line.order_key AND other.state IN ('due', 'dead'))`;

/**
 * The lines asked about, and what may be done: `replay`; `wait` while a line of the order is due or dead, because a
 * refused line gets a new key, and with it every line of its order that was sent under the old one; `leased`; or null,
 * nothing to do.
 */
const REPLAY_VERDICT = `CASE
  WHEN line.state NOT IN ('dead', 'rejected', 'unrecognised') THEN NULL
  WHEN d.state = 'leased' THEN 'leased'
  WHEN ${IS_UNKNOWN} AND (line.uncertain OR line.state = 'rejected') THEN 'wait'
  WHEN line.state = 'rejected' AND ${HAS_UNSETTLED_LINE} THEN 'wait'
  ELSE 'replay' END`;

const DISCARD_VERDICT = `CASE
  WHEN line.state NOT IN ('due', 'dead', 'rejected', 'unrecognised') THEN NULL
  WHEN d.state = 'leased' THEN 'leased'
  WHEN ${IS_UNKNOWN} OR line.uncertain THEN 'wait'
  ELSE 'discard' END`;

/** A person has seen it in the upstream. While it is under way or due, the delivery finds out by itself. */
const DELIVER_VERDICT = `CASE
  WHEN line.state NOT IN ('dead', 'rejected', 'unrecognised') THEN NULL
  WHEN d.state = 'leased' THEN 'leased'
  ELSE 'deliver' END`;

type Decision = 'replay' | 'discard' | 'deliver';

const plan = (verdict: string) => `
SELECT DISTINCT line.order_key, line.discount_id, line.state, line.type, line.amount, line.currency, line.reason,
  line.uncertain, coalesce(line.settled_at, line.recorded_at) AS since, ${verdict} AS verdict
FROM json_each(?1) AS wanted
JOIN used_discounts AS line ON line.order_key = wanted.value ->> 0
  AND line.discount_id = coalesce(wanted.value ->> 1, line.discount_id)
  AND line.state = coalesce(wanted.value ->> 2, line.state)
JOIN deliveries AS d ON d.order_key = line.order_key`;

export const PLAN_REPLAY = `${plan(REPLAY_VERDICT)} ORDER BY line.order_key, line.discount_id`;
export const PLAN_DISCARD = `${plan(DISCARD_VERDICT)} ORDER BY line.order_key, line.discount_id`;
export const PLAN_DELIVER = `${plan(DELIVER_VERDICT)} ORDER BY line.order_key, line.discount_id`;

const insertAudit = (action: Decision, verdict: string) => `
INSERT INTO audit_log (at, actor, action, order_key, discount_id, reason)
SELECT ?2, ?3, '${action}', order_key, discount_id, ?4 FROM (${plan(verdict)})
WHERE verdict = '${action}' AND since <= ?2`;

/** Rows of this decision. */
const decided = (action: Decision) => `
SELECT order_key, discount_id FROM audit_log
WHERE at = ?2 AND actor = ?3 AND action = '${action}' AND order_key IN (SELECT value ->> 0 FROM json_each(?1))`;

const isDecided = (action: Decision) => `
  coalesce(settled_at, recorded_at) <= ?2 AND (order_key, discount_id) IN (${decided(action)})`;

/**
 * Where the last call of the order may have worked, its text goes out again; only a person who replays an
 * `outcome_unknown` line, of an upstream that can tell nothing, has looked. The first attempt is at least as old as the
 * oldest uncertain line, so that keys which the upstream may have forgotten are not relied on.
 */
const REOPEN_DELIVERIES = `
UPDATE deliveries AS d SET
  state = 'due',
  due_at = ?2,
  opened_at = iif(d.state = 'done', ?2, d.opened_at),
  done_at = NULL,
  attempts = 0,
  crashes = 0,
  open_clock_at = NULL,
  generation = generation + mine.refused,
  last_outcome = iif(${IS_UNKNOWN} OR mine.unknown, 'unknown', 'none'),
  call_lines = CASE WHEN ${IS_UNKNOWN} OR mine.covered THEN d.call_lines WHEN mine.unknown THEN mine.unknown_lines END,
  unknown_call = CASE WHEN ${IS_UNKNOWN} OR mine.covered THEN unknown_call END,
  first_attempt_at = iif(${IS_UNKNOWN}, first_attempt_at, mine.uncertain_since)
FROM (
  SELECT asked.*, asked.unknown AND NOT EXISTS (
      SELECT 1 FROM json_each(asked.unknown_lines) AS id
      WHERE id.value NOT IN (SELECT value FROM json_each(asked.call_lines))) AS covered
  FROM (
    SELECT line.order_key, held.call_lines,
      max(line.state = 'rejected') AS refused,
      max(line.uncertain AND line.reason IS NOT 'outcome_unknown') AS unknown,
      min(iif(line.uncertain, line.recorded_at, NULL)) AS uncertain_since,
      json_group_array(line.discount_id)
        FILTER (WHERE line.uncertain AND line.reason IS NOT 'outcome_unknown') AS unknown_lines
    FROM used_discounts AS line JOIN deliveries AS held ON held.order_key = line.order_key
    WHERE line.state IN ('dead', 'rejected', 'unrecognised')
      AND coalesce(line.settled_at, line.recorded_at) <= ?2
      AND (line.order_key, line.discount_id) IN (${decided('replay')})
    GROUP BY line.order_key) AS asked) AS mine
WHERE d.order_key = mine.order_key`;

const REOPEN_LINES = `
UPDATE used_discounts SET state = 'due', reason = NULL, settled_at = NULL, uncertain = 0
WHERE state IN ('dead', 'rejected', 'unrecognised') AND ${isDecided('replay')}`;

const DISCARD_LINES = `
UPDATE used_discounts SET state = 'discarded', reason = ?4, settled_at = ?2
WHERE state IN ('due', 'dead', 'rejected', 'unrecognised') AND ${isDecided('discard')}`;

const DELIVER_LINES = `
UPDATE used_discounts SET state = 'delivered', reason = NULL, uncertain = 0, settled_at = ?2
WHERE state IN ('dead', 'rejected', 'unrecognised') AND ${isDecided('deliver')}`;

const CLOSE_DELIVERIES = `
UPDATE deliveries SET state = 'done', due_at = NULL, done_at = ?2
WHERE state = 'due' AND order_key IN (SELECT order_key FROM (${decided('discard')}))
  AND NOT EXISTS (SELECT 1 FROM used_discounts AS line
    WHERE line.order_key = deliveries.order_key AND line.state = 'due')`;

/** The last statement answers `[{order_key, discount_id}]`: what was decided, also where the answer before was lost. */
export const REPLAY = [
  insertAudit('replay', REPLAY_VERDICT),
  REOPEN_DELIVERIES,
  REOPEN_LINES,
  decided('replay'),
] as const;
export const DELIVER = [insertAudit('deliver', DELIVER_VERDICT), DELIVER_LINES, decided('deliver')] as const;
export const DISCARD = [
  insertAudit('discard', DISCARD_VERDICT),
  DISCARD_LINES,
  CLOSE_DELIVERIES,
  decided('discard'),
] as const;
