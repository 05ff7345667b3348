/**
 * `delivery_gate`: one row that every isolate reads before it claims. Open in ordinary times, and then nothing is
 * written here. While it is shut one order at a time probes; the first answer after that opens it.
 */

/** So many different orders in a row: it is not the orders. */
export const MANY = 5;
/** Then it is forgotten who they were: a list that grows says nothing. */
const MOST_BLAMED = 50;
const PROBE_MS = 30_000;
/** A person has to mend these: no hurry. */
export const PROBE_PERSON_MS = 60_000;

const probeIn = (reason: string) =>
  `iif(${reason} IN ('credentials', 'misconfigured'), ${PROBE_PERSON_MS}, ${PROBE_MS})`;

/** Of the orders `[order key, fence]` in `list`, those that the reporter still holds. */
const held = (list: string) => `
  SELECT report.value ->> 0 AS order_key FROM json_each(${list}) AS report
  JOIN deliveries AS held ON held.order_key = report.value ->> 0
    AND held.fence = report.value ->> 1 AND held.state = 'leased'`;

/** Different orders, the known ones and the new; more than {@link MANY} say nothing new. */
const merged = (column: 'failing' | 'refusing', list: string) => `
  SELECT json_group_array(order_key) AS keys, json_array_length(json_group_array(order_key)) >= ${MANY} AS many
  FROM (
    SELECT known.value AS order_key FROM delivery_gate AS gate, json_each(gate.${column}) AS known WHERE gate.id = 1
    UNION ${held(list)}
    LIMIT ${MANY})`;

/** ?1 now, ?2 probe token, ?3 when another may try */
export const TAKE_PROBE = `
UPDATE delivery_gate SET state = 'probing', probe = ?2, until = ?3
WHERE id = 1 AND state <> 'open' AND until <= ?1 AND pace_at <= ?1
  AND EXISTS (SELECT 1 FROM deliveries WHERE due_at <= ?1)`;

/** How many may be claimed. ?1 now, ?2 probe token, ?4 limit, ?5 pace interval (ms, 0 = none), ?6 burst */
export const ALLOWED = `(
  SELECT CASE
    WHEN state = 'open' THEN CASE WHEN ?5 = 0 THEN ?4 WHEN pace_at <= ?1 THEN min(?4, ?6) ELSE 0 END
    WHEN probe = ?2 THEN 1
    ELSE 0 END
  FROM delivery_gate WHERE id = 1)`;

/** What the claim before it took. ?1 now, ?2 probe token, ?3 lease end, ?5 pace interval */
export const SPEND_CLAIM = `
UPDATE delivery_gate SET probe = NULL,
  pace_at = iif(?5 > 0, ?1 + ?5 * (SELECT count(*) FROM deliveries WHERE due_at = ?3 AND state = 'leased'), pace_at)
WHERE id = 1 AND (probe = ?2
  OR (?5 > 0 AND pace_at <= ?1 AND EXISTS (SELECT 1 FROM deliveries WHERE due_at = ?3 AND state = 'leased')))`;

/** ?1 now */
export const SELECT_GATE = `
SELECT pace_at, state <> 'open' AS shut, EXISTS (SELECT 1 FROM deliveries WHERE due_at <= ?1) AS waiting
FROM delivery_gate WHERE id = 1`;

/**
 * An answer to a call that began after the gate was shut opens it. Whose answer had shut it is to blame, then, where
 * another order was answered.
 * ?1 now, ?2 latest start of an answered call, ?3 order keys that were answered
 */
export const ANSWERED = `
UPDATE delivery_gate SET state = 'open', reason = NULL, detail = NULL, until = NULL, probe = NULL,
  failing = '[]', refusing = '[]', culprit = NULL,
  blamed = (
    SELECT json_group_array(order_key) FROM (
      SELECT value AS order_key FROM json_each(blamed) UNION SELECT culprit WHERE culprit IS NOT NULL)
    WHERE order_key NOT IN (SELECT value FROM json_each(iif(json_array_length(blamed) < ${MOST_BLAMED}, ?3, blamed)))),
  shut_ms = shut_ms + iif(state = 'open', 0, ?1 - paused_at), paused_at = NULL
WHERE id = 1 AND (state <> 'open' OR failing <> '[]' OR refusing <> '[]') AND coalesce(paused_at, 0) <= ?2`;

/** ?1 now, ?2 `[[order key, fence]]`, ?3 what the upstream said, or null */
export const FAILED = `
UPDATE delivery_gate SET
  failing = found.keys,
  state = iif(state <> 'open' OR found.many, 'paused', 'open'),
  reason = CASE WHEN state <> 'open' THEN reason WHEN found.many THEN 'outage' END,
  detail = CASE WHEN state <> 'open' THEN detail WHEN found.many THEN ?3 END,
  paused_at = CASE WHEN state <> 'open' THEN paused_at WHEN found.many THEN ?1 END,
  until = CASE WHEN state <> 'open' THEN ?1 + ${probeIn('reason')} WHEN found.many THEN ?1 + ${PROBE_MS} END,
  probe = NULL
FROM (${merged('failing', '?2')}) AS found
WHERE id = 1 AND EXISTS (${held('?2')})`;

/**
 * An upstream that refuses is there: only {@link MANY} refused orders in a row are about us.
 * ?1 now, ?2 `[[order key, fence]]`, ?3 latest start of a refused call, ?4 what the upstream said, or null
 */
export const REFUSED = `
UPDATE delivery_gate SET
  failing = '[]',
  refusing = found.keys,
  state = found.next,
  reason = CASE WHEN found.many THEN 'refusals' WHEN found.next = 'paused' THEN reason END,
  detail = CASE WHEN found.many THEN ?4 WHEN found.next = 'paused' THEN detail END,
  paused_at = iif(found.next = 'paused', coalesce(paused_at, ?1), NULL),
  until = iif(found.next = 'paused', ?1 + ${PROBE_MS}, NULL),
  shut_ms = shut_ms + iif(found.next = 'open' AND state <> 'open', ?1 - paused_at, 0),
  probe = NULL
FROM (
  SELECT keys, many, iif(many OR coalesce((SELECT paused_at FROM delivery_gate WHERE id = 1), 0) > ?3,
    'paused', 'open') AS next
  FROM (${merged('refusing', '?2')})) AS found
WHERE id = 1 AND EXISTS (${held('?2')})`;

/**
 * An order that has been found to blame shuts nothing: its failure is its own, counted and given up like any other.
 * ?1 now, ?2 `[[order key, fence]]`, ?3 reason, ?4 detail, ?5 next probe or null
 */
export const PAUSED = `
UPDATE delivery_gate SET state = 'paused', reason = ?3, detail = ?4, paused_at = coalesce(paused_at, ?1),
  until = coalesce(?5, ?1 + ${probeIn('?3')}), probe = NULL,
  culprit = coalesce(culprit, (${held('?2')} LIMIT 1))
WHERE id = 1 AND EXISTS (${held('?2')} WHERE held.order_key NOT IN (SELECT value FROM json_each(blamed)))`;

/** A gate that nothing waits for is open: there would be nobody to try whether what shut it is over. ?1 now */
export const OPEN_IDLE = `
UPDATE delivery_gate SET state = 'open', reason = NULL, detail = NULL, until = NULL, probe = NULL,
  failing = '[]', refusing = '[]', culprit = NULL, shut_ms = shut_ms + ?1 - paused_at, paused_at = NULL
WHERE id = 1 AND state <> 'open' AND NOT EXISTS (SELECT 1 FROM deliveries WHERE due_at IS NOT NULL)`;

/** ?1 now, ?2 detail */
export const PAUSE_FOR_SETTINGS = `
UPDATE delivery_gate SET state = 'paused', reason = 'misconfigured', detail = ?2, paused_at = ?1,
  until = ?1 + ${PROBE_PERSON_MS}
WHERE id = 1 AND state = 'open'`;
