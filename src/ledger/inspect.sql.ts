/**
 * What people look at: the gate, how much of what there is, lists by state, and everything about one order. Reads only,
 * and only through indexes: the effects of 800 days are never counted. CROSS JOIN keeps SQLite from beginning with them.
 */

export const SHOW_GATE = 'SELECT state, reason, detail, paused_at, until FROM delivery_gate WHERE id = 1';

const countLines = (state: 'dead' | 'unrecognised' | 'rejected') => `
SELECT '${state}' AS state, count(*) AS rows, min(coalesce(settled_at, recorded_at)) AS oldest
FROM used_discounts WHERE state = '${state}'`;

/** A row of each; a list, because D1 takes five parts of a UNION at most. ?1 first day of refused requests that counts */
export const COUNT_BY_STATE = [
  "SELECT 'open' AS state, count(*) AS rows, min(opened_at) AS oldest FROM deliveries WHERE due_at IS NOT NULL",
  countLines('dead'),
  countLines('unrecognised'),
  "SELECT 'conflict' AS state, count(*) AS rows, min(first_at) AS oldest FROM usage_conflicts",
  countLines('rejected'),
  "SELECT 'refused' AS state, count(*) AS rows, min(first_at) AS oldest FROM refused_requests WHERE day >= ?1",
] as const;

const LINE = `line.order_key, line.discount_id, line.state, line.type, line.amount, line.currency, line.reason,
  line.uncertain, line.upstream_ref, line.recorded_at, line.settled_at`;

/** What waits for a person, newest first. The state is spelled out, so that its partial index is seen. ?1 limit */
export const listLinesForPeople = (state: 'dead' | 'unrecognised' | 'rejected') => `
SELECT ${LINE} FROM used_discounts AS line WHERE line.state = '${state}'
ORDER BY coalesce(line.settled_at, line.recorded_at) DESC LIMIT ?1`;

/** Along the request log, newest first: as far back as that goes. ?1 state, ?2 limit */
export const LIST_LINES = `
SELECT ${LINE} FROM usages CROSS JOIN used_discounts AS line ON line.order_key = usages.order_key AND line.usage_id = usages.id
WHERE line.state = ?1 ORDER BY usages.id DESC LIMIT ?2`;

/** Longest waiting first. ?1 limit */
export const LIST_DUE_LINES = `
SELECT ${LINE} FROM deliveries AS d CROSS JOIN used_discounts AS line ON line.order_key = d.order_key
WHERE d.due_at IS NOT NULL AND line.state = 'due' ORDER BY d.opened_at, line.discount_id LIMIT ?1`;

/** Longest waiting first. ?1 limit */
export const LIST_OPEN = `
SELECT d.order_key, d.state, d.due_at, d.attempts, d.crashes, d.last_outcome, d.opened_at,
  (SELECT count(*) FROM used_discounts AS line WHERE line.order_key = d.order_key AND line.state = 'due') AS due_lines,
  (SELECT detail FROM delivery_attempts AS a WHERE a.order_key = d.order_key ORDER BY a.fence DESC LIMIT 1) AS detail
FROM deliveries AS d WHERE d.due_at IS NOT NULL ORDER BY d.opened_at LIMIT ?1`;

const CONFLICT = 'request_id, fingerprint, order_key, basket_id, used_discounts, times, first_at, last_at';

/** Newest first. ?1 limit */
export const LIST_CONFLICTS = `SELECT ${CONFLICT} FROM usage_conflicts ORDER BY first_at DESC LIMIT ?1`;

/** Newest day first. ?1 limit */
export const LIST_REFUSED = `
SELECT day, digest, request_id, errors, payload, times, first_at, last_at
FROM refused_requests ORDER BY day DESC, last_at DESC LIMIT ?1`;

/** The database's own clock, in epoch milliseconds: what a person decides is compared with what it holds. */
export const SELECT_NOW = "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now";

/** ?1 order keys as JSON */
export const FIND_ORDERS = `
SELECT asked.value AS order_key FROM json_each(?1) AS asked
WHERE EXISTS (SELECT 1 FROM deliveries WHERE order_key = asked.value)
  OR EXISTS (SELECT 1 FROM usage_conflicts WHERE order_key = asked.value)`;

const USAGE_COLUMNS =
  'u.request_id, u.basket_id, u.basket_version, u.used_discounts, u.channel, u.drift, u.received_at';
/** The usage that opened an order, then those that came later: as two lists, so that as many are read as are asked for. */
const usagesOfOrder = (columns: string) => `
SELECT u.id, ${columns} FROM usages AS u WHERE u.id = (SELECT usage_id FROM deliveries WHERE order_key = ?1)
UNION ALL
SELECT u.id, ${columns} FROM usages AS u WHERE u.first_usage_id = (SELECT usage_id FROM deliveries WHERE order_key = ?1)
ORDER BY 1 DESC`;

/**
 * Everything about one order, each statement with ?1 its key; `snapshot` and the like only as whether they are there.
 * @param limit rows of each part, the newest; of conflicts so many of either kind, whichever. -1 = all
 */
export const showOrder = (limit: number) =>
  ({
    delivery: `
SELECT order_key, state, due_at, fence, attempts, crashes, generation, last_outcome, first_attempt_at, opened_at, done_at,
  upstream_ref, call_lines, snapshot IS NOT NULL AS has_snapshot, unknown_call IS NOT NULL AS has_unknown_call
FROM deliveries WHERE order_key = ?1`,
    discounts: `
SELECT ${LINE} FROM used_discounts AS line WHERE order_key = ?1 ORDER BY recorded_at, discount_id LIMIT ${limit}`,
    usages: `
SELECT id, request_id, basket_id, basket_version, used_discounts, channel, drift, received_at
FROM (${usagesOfOrder(USAGE_COLUMNS)} LIMIT ${limit}) ORDER BY id`,
    attempts: `
SELECT * FROM (
  SELECT fence, started_at, duration_ms, outcome, status, detail FROM delivery_attempts WHERE order_key = ?1
  ORDER BY fence DESC LIMIT ${limit}) ORDER BY fence`,
    /** `stands`: the order of the usage that holds the request id, null once that is purged. */
    conflicts: `
SELECT ${CONFLICT}, (SELECT u.order_key FROM usages AS u WHERE u.request_id = usage_conflicts.request_id) AS stands
FROM (
  SELECT * FROM (
    SELECT request_id AS id, fingerprint AS print FROM usage_conflicts WHERE order_key = ?1 LIMIT ${limit})
  UNION
  SELECT * FROM (
    SELECT held.request_id, held.fingerprint FROM (${usagesOfOrder('u.request_id')} LIMIT ${limit}) AS sent
    CROSS JOIN usage_conflicts AS held ON held.request_id = sent.request_id LIMIT ${limit})) AS found
CROSS JOIN usage_conflicts ON request_id = found.id AND fingerprint = found.print
ORDER BY first_at LIMIT ${limit}`,
    decisions: `
SELECT at, actor, action, discount_id, reason FROM (
  SELECT * FROM audit_log WHERE order_key = ?1 ORDER BY at DESC, id DESC LIMIT ${limit}) ORDER BY at, id`,
  }) as const;
