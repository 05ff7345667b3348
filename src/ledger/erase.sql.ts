/**
 * Taking out what may lead to a person, for requests under KVKK and GDPR. What was redeemed stays (order key, discount
 * id, state), or it could be redeemed twice; and an order that is not settled keeps everything, or it could not be.
 *
 * Statements take ?1 order keys and ?2 basket ids, ?3 customer hashes, ?4 those order keys that were found open: JSON
 * lists, all of them.
 */

import { isUnsettled } from './unsettled.sql.ts';

export interface Erasure {
  readonly table: string;
  /** What goes, for people. */
  readonly what: string;
  /** Which rows still hold it. */
  readonly where: string;
  /** Null where the row itself goes. */
  readonly set: string | null;
}

/** A channel that says nothing; the column takes no null. */
const NO_CHANNEL = `'{"device":null,"storeId":null,"storeRemoteId":null,"staffId":null,"staffRemoteId":null}'`;

const BASKETS = '(SELECT value FROM json_each(?2))';
export const SETTLED_ORDERS = `(SELECT asked.value FROM json_each(?1) AS asked WHERE NOT ${isUnsettled('asked.value')})`;

/** The orders asked for, those of the baskets, and those whose discounts remember the customer. */
const FOUND_ORDERS = `
  SELECT order_key FROM deliveries WHERE order_key IN (SELECT value FROM json_each(?1))
  UNION SELECT order_key FROM usage_conflicts WHERE order_key IN (SELECT value FROM json_each(?1))
  UNION SELECT order_key FROM usages WHERE basket_id IN ${BASKETS}
  UNION SELECT d.order_key FROM json_each(?2) AS basket JOIN deliveries AS d
    ON d.snapshot ->> 'id' = basket.value OR d.order_key GLOB 'b:' || basket.value || ':*'
  UNION SELECT line.order_key FROM json_each(?3) AS hash JOIN used_discounts AS line
    ON instr(line.reference, hash.value) > 0`;

export const FIND_ORDERS_TO_ERASE = `
SELECT found.order_key, ${isUnsettled('found.order_key')} AS held FROM (${FOUND_ORDERS}) AS found ORDER BY found.order_key`;

const usagesOf = (orders: string) => `(
  SELECT u.id FROM deliveries AS d JOIN usages AS u ON u.id = d.usage_id OR u.first_usage_id = d.usage_id
  WHERE d.order_key IN ${orders})`;

/**
 * Where an order or a customer was asked for: baskets of those orders, and those that were offered something which
 * remembers the customer. A basket that was asked for stands for itself: its orders may have had others.
 */
export const FIND_BASKETS_TO_ERASE = `
SELECT basket_id FROM usages WHERE basket_id IS NOT NULL AND id IN ${usagesOf(`(${FOUND_ORDERS})`)}
UNION SELECT snapshot ->> 'id' FROM deliveries WHERE order_key IN (${FOUND_ORDERS}) AND snapshot ->> 'id' IS NOT NULL
UNION SELECT issued.basket_id FROM json_each(?3) AS hash JOIN issued_baskets AS issued
  ON instr(issued.offers, hash.value) > 0`;

/** The payload is JSON, or the beginning of it: then the order's number and the basket's id stand at their places. */
const NAMES_ORDER = `EXISTS (SELECT 1 FROM json_each(?1) AS asked WHERE asked.value GLOB 'o:*' AND iif(json_valid(payload),
  CAST(payload ->> '$.order.orderNumber' AS TEXT) = substr(asked.value, 3),
  instr(payload, '"order":{"orderNumber":' || json_quote(substr(asked.value, 3)) || '}') > 0))`;
const NAMES_BASKET = `EXISTS (SELECT 1 FROM json_each(?2) AS asked WHERE iif(json_valid(payload),
  CAST(payload ->> '$.basket.id' AS TEXT) = CAST(asked.value AS TEXT),
  instr(payload, '"basket":{"id":' || asked.value || ',') > 0))`;

export const LEDGER_ERASURES: readonly Erasure[] = [
  {
    table: 'issued_baskets',
    what: 'what the basket was offered',
    where: `basket_id IN ${BASKETS}`,
    set: null,
  },
  {
    table: 'deliveries',
    what: 'basket, state of the connector, store and staff, text of a call',
    where: `order_key IN ${SETTLED_ORDERS}
      AND (coalesce(snapshot, basket_state, unknown_call, call_lines) IS NOT NULL OR channel <> ${NO_CHANNEL})`,
    set: `snapshot = NULL, basket_state = NULL, unknown_call = NULL, call_lines = NULL, channel = ${NO_CHANNEL}`,
  },
  {
    table: 'used_discounts',
    what: 'what the upstream wanted to remember, and its words',
    where: `order_key IN ${SETTLED_ORDERS}
      AND (reference IS NOT NULL OR (state = 'rejected' AND reason IS NOT 'erased'))`,
    set: `reference = NULL, reason = iif(state = 'rejected', 'erased', reason)`,
  },
  {
    table: 'delivery_attempts',
    what: 'words of the upstream',
    where: `order_key IN ${SETTLED_ORDERS} AND detail IS NOT NULL`,
    set: 'detail = NULL',
  },
  {
    table: 'usages',
    what: 'basket id, store and staff',
    where: `id IN ${usagesOf(SETTLED_ORDERS)} AND (basket_id IS NOT NULL OR channel <> ${NO_CHANNEL})`,
    set: `basket_id = NULL, basket_version = NULL, channel = ${NO_CHANNEL}`,
  },
  {
    table: 'usage_conflicts',
    what: 'basket, store and staff',
    where: `(order_key IN (SELECT value FROM json_each(?1)) OR basket_id IN ${BASKETS})
      AND (coalesce(snapshot, basket_id, offers) IS NOT NULL OR channel <> ${NO_CHANNEL})`,
    set: `snapshot = NULL, offers = NULL, basket_id = NULL, basket_version = NULL, channel = ${NO_CHANNEL}`,
  },
  {
    table: 'refused_requests',
    what: 'requests that were refused and name the order or the basket',
    where: `${NAMES_ORDER} OR ${NAMES_BASKET}`,
    set: null,
  },
];

export const countErasure = ({ table, where }: Erasure) =>
  `SELECT '${table}' AS name, count(*) AS rows FROM ${table} WHERE ${where}`;

/** Answers a row for each that was changed. */
export const toErase = ({ table, where, set }: Erasure) =>
  `${set === null ? `DELETE FROM ${table}` : `UPDATE ${table} SET ${set}`} WHERE ${where} RETURNING 1 AS erased`;

/** One row for each order. ?1 order keys, ?5 now, ?6 actor, ?7 reason */
export const NOTE_ERASED_ORDERS = `
INSERT INTO audit_log (at, actor, action, order_key, reason)
SELECT ?5, ?6, 'erase', erased.value, ?7 FROM json_each(?1) AS erased WHERE erased.value IN ${SETTLED_ORDERS}`;

/** Where no order may be named, because that would say whose it is. ?5 now, ?6 actor, ?7 reason */
export const NOTE_ERASURE = `
INSERT INTO audit_log (at, actor, action, reason) SELECT ?5, ?6, 'erase', ?7`;
