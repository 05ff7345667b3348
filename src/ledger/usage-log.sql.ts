/**
 * The request log as a person searches it: newest first, by key and never by offset, whatever the size of the ledger.
 *
 * What has an index is found by it: request id, order, basket id. Everything else is a walk: it looks at a window of ids,
 * which grow with time, and nothing outside it. A discount id is walked for as well: an index would cost every order a row
 * for each discount. Each statement takes ?1 the id to go on below, ?2 how many usages at most, ?3 the filters as JSON:
 * store, device, discount, state, type, from and to (epoch milliseconds, to is the first that is too late).
 */

/** Ids that a walk looks at when the usage alone decides: one row each, and ten for each that is shown. */
export const PLAIN_WINDOW = 4000;
/** When its list of discounts or their rows decide as well. An order has two or three. */
export const LINES_WINDOW = 800;

/** A discount is held by the order, or by the state of the basket where that was told of before its order had a number. */
const ORDER_KEYS = "(u.order_key, 'b:' || u.basket_id || ':' || u.basket_version)";

const SELECT_USAGE = `
SELECT u.id, u.request_id, u.order_key, u.basket_id, u.used_discounts, u.channel, u.received_at,
  (SELECT json_group_array(json_object(
     'id', line.discount_id, 'state', line.state, 'type', line.type, 'amount', line.amount, 'currency', line.currency,
     'orderKey', line.order_key, 'usageId', line.usage_id, 'settledAt', line.settled_at, 'upstreamRef', line.upstream_ref, 'reason', line.reason))
   FROM json_each(u.used_discounts) AS used
   CROSS JOIN used_discounts AS line ON line.order_key IN ${ORDER_KEYS} AND line.discount_id = used.value) AS lines
FROM`;

const FITS = `
  (?3 ->> 'store' IS NULL OR u.channel ->> 'storeId' = ?3 ->> 'store')
  AND (?3 ->> 'device' IS NULL OR u.channel ->> 'device' = ?3 ->> 'device')
  AND (?3 ->> 'from' IS NULL OR u.received_at >= ?3 ->> 'from')
  AND (?3 ->> 'to' IS NULL OR u.received_at < ?3 ->> 'to')
  AND (?3 ->> 'discount' IS NULL
    OR EXISTS (SELECT 1 FROM json_each(u.used_discounts) AS used WHERE used.value = ?3 ->> 'discount'))
  AND ((?3 ->> 'state' IS NULL AND ?3 ->> 'type' IS NULL) OR EXISTS (
    SELECT 1 FROM json_each(u.used_discounts) AS used
    JOIN used_discounts AS line ON line.order_key = u.order_key AND line.discount_id = used.value
    WHERE (?3 ->> 'state' IS NULL OR line.state = ?3 ->> 'state')
      AND (?3 ->> 'type' IS NULL OR line.type = ?3 ->> 'type')))`;

/** ?4 the first id that is looked at */
export const WALK = `${SELECT_USAGE} usages AS u
WHERE u.id < ?1 AND u.id >= ?4 AND ${FITS} ORDER BY u.id DESC LIMIT ?2`;

/** When the oldest usage of a window, or the one before it, was received: how far back a walk looked. ?1 id */
export const RECEIVED_AT = 'SELECT id, received_at FROM usages WHERE id >= ?1 ORDER BY id LIMIT 1';

/**
 * Usages that a search with filters looks at by each index; without filters, as many as a page has. So few, because a text
 * that finds nothing by an index is walked for as well.
 */
export const SEARCH_WINDOW = 100;

/** By each index, newest first. ?1 the id to go on below; the text and the text as a basket id or null are given by name. */
const byIndex = (text: string, basketId: string) => [
  `SELECT u.id FROM deliveries AS d CROSS JOIN usages AS u ON u.first_usage_id = d.usage_id
   WHERE d.order_key IN ('o:' || ${text}, ${text}) AND u.id < ?1 ORDER BY u.id DESC`,
  `SELECT id FROM usages WHERE basket_id = ${basketId} AND id < ?1 ORDER BY id DESC`,
];

/** The id down to which every index is looked at; 0 = to its end. ?2 the text, ?3 that as a basket id or null, ?4 window */
export const SEARCH_EDGE = `SELECT max(${byIndex('?2', '?3')
  .map((ids) => `coalesce((${ids} LIMIT 1 OFFSET ?4 - 1), 0)`)
  .join(', ')}) AS id`;

/** Discounts are read of what is shown alone. ?4 the text, ?5 the text as a basket id or null, ?6 the edge, ?7 window */
export const SEARCH = `${SELECT_USAGE} (
  SELECT u.* FROM (
    SELECT id FROM usages WHERE request_id = ?4
  -- An accepted conflict of it, whose id goes on with '#': '$' is the next character.
  UNION SELECT id FROM (SELECT id FROM usages WHERE request_id > ?4 || '#' AND request_id < ?4 || '$' LIMIT ${SEARCH_WINDOW})
    UNION SELECT usage_id FROM deliveries WHERE order_key IN ('o:' || ?4, ?4)
    ${byIndex('?4', '?5')
      .map((ids) => `UNION SELECT id FROM (${ids} LIMIT ?7)`)
      .join(' ')}) AS found
  CROSS JOIN usages AS u ON u.id = found.id
  WHERE u.id < ?1 AND u.id >= ?6 AND ${FITS} ORDER BY u.id DESC LIMIT ?2) AS u
ORDER BY u.id DESC`;

/** The newest id, and 0 for none. */
export const NEWEST = 'SELECT coalesce(max(id), 0) AS id FROM usages';

/** Where a walk goes on below: retention leaves gaps of any width. Null at the end. ?1 the id where it stopped */
export const NEXT_BELOW = 'SELECT max(id) + 1 AS id FROM usages WHERE id < ?1';

/** The usage that told of the basket before the order had a number. ?1 order key, ?2 as of the basket */
export const FIND_TOLD = 'SELECT usage_id FROM deliveries WHERE order_key = ?2 AND ?1 <> ?2';

/**
 * The first id that was received at or after a time, by halving: some twenty rows whatever the size. Ids are given in the
 * order of commits, and clocks differ by milliseconds: good enough for where a walk begins, not for what belongs to it.
 * ?1 epoch milliseconds
 */
export const FIRST_ID_SINCE = `
WITH RECURSIVE halves (low, high) AS (
  SELECT (SELECT min(id) FROM usages), (SELECT max(id) + 1 FROM usages)
  UNION ALL
  SELECT iif(middle.received_at < ?1, middle.id + 1, low), iif(middle.received_at < ?1, high, (low + high) / 2)
  FROM halves JOIN usages AS middle
    ON middle.id = (SELECT id FROM usages WHERE id >= (low + high) / 2 ORDER BY id LIMIT 1)
  WHERE low < high)
SELECT max(low) AS id FROM halves`;

/** The basket that an order is delivered with, while it is kept. ?1 order key */
export const FIND_SNAPSHOT = 'SELECT snapshot FROM deliveries WHERE order_key = ?1';

/** ?1 id */
export const FIND_USAGE = `
SELECT order_key, 'b:' || basket_id || ':' || basket_version AS basket_key FROM usages WHERE id = ?1`;

/** The usage that opened each, null where it is gone. ?1 order keys as JSON */
export const USAGES_OF_ORDERS = `
SELECT d.order_key, u.id AS usage_id FROM deliveries AS d LEFT JOIN usages AS u ON u.id = d.usage_id
WHERE d.order_key IN (SELECT value FROM json_each(?1))`;

/** ?1 the id to go on below, ?2 how many */
export const LIST_DECISIONS = `
SELECT id, at, actor, action, order_key, discount_id, reason FROM audit_log WHERE id < ?1 ORDER BY id DESC LIMIT ?2`;

/** ?1 now, ?2 actor, ?3 what was tried */
export const NOTE_DENIED = "INSERT INTO audit_log (at, actor, action, reason) VALUES (?1, ?2, 'denied', ?3)";
