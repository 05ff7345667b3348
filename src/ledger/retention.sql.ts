/**
 * Removing what is too old, in chunks. There is no index on times: it would cost every order a row. Instead
 * {@link LOOK} walks the tables by their keys, a chunk of each a call, and notes in `retention_cursors` how far it got
 * and which keys it found; the statements after it, in the same transaction, remove those. Nothing is written where
 * nothing is found and a table fits into one chunk.
 */

import { isUnsettled } from './unsettled.sql.ts';

/** Rows of a table that one call looks at: with a call every minute 288,000 a day, for some 1.4 million rows read. */
export const CHUNK = 200;

type Walked = 'usages' | 'deliveries' | 'issued_baskets';

const lastKey = (table: Walked) => `(SELECT last_key FROM retention_cursors WHERE name = '${table}')`;
const found = (table: Walked) => `(
  SELECT value FROM json_each((SELECT found FROM retention_cursors WHERE name = '${table}')))`;

/** Of an order that is open, that waits for a person, or that a conflict names, everything is kept. */
const isHeldBack = (orderKey: string) => `(
  ${isUnsettled(orderKey)}
  OR EXISTS (SELECT 1 FROM usage_conflicts AS conflict WHERE conflict.order_key = ${orderKey}))`;

/** What only a delivery needs. */
const HAS_CALL_DATA = 'coalesce(snapshot, basket_state, unknown_call, call_lines) IS NOT NULL';

/**
 * Ids grow with time: a chunk is read only where its first row is old, and the walk ends where a young one stands. The
 * newest row stays, so that no id is given twice.
 */
const LOOK_AT_USAGES = `
SELECT 'usages' AS name,
  iif(count(*) = ${CHUNK} AND max(received_at) < ?1, max(id), NULL) AS next_key,
  json_group_array(id) FILTER (WHERE expired) AS found
FROM (
  SELECT id, received_at, received_at < ?1 AND id < (SELECT max(id) FROM usages)
    AND NOT EXISTS (SELECT 1 FROM usage_conflicts AS conflict WHERE conflict.request_id = usages.request_id)
    AND NOT ${isHeldBack('usages.order_key')} AS expired
  FROM usages WHERE id > coalesce(${lastKey('usages')}, 0) ORDER BY id
  LIMIT iif(?1 > (SELECT received_at FROM usages WHERE id > coalesce(${lastKey('usages')}, 0) ORDER BY id LIMIT 1),
    ${CHUNK}, 0))`;

const LOOK_AT_DELIVERIES = `
SELECT 'deliveries', iif(count(*) = ${CHUNK}, max(order_key), NULL),
  json_group_array(order_key) FILTER (WHERE expired)
FROM (
  SELECT order_key, state = 'done' AND (
      done_at < ?4
      OR (done_at < ?3 AND ${HAS_CALL_DATA})
      OR EXISTS (SELECT 1 FROM delivery_attempts AS old
        WHERE old.order_key = deliveries.order_key AND old.started_at < ?1))
    AND NOT ${isHeldBack('deliveries.order_key')} AS expired
  FROM deliveries WHERE order_key > coalesce(${lastKey('deliveries')}, '') ORDER BY order_key LIMIT ${CHUNK})`;

/** The smallest integer is where the walk begins: ids are the shop's, and may be negative. */
const LOOK_AT_BASKETS = `
SELECT 'issued_baskets', iif(count(*) = ${CHUNK}, max(basket_id), NULL),
  json_group_array(basket_id) FILTER (WHERE expired)
FROM (
  SELECT basket_id, seen_at < ?2 AS expired FROM issued_baskets
  WHERE basket_id > coalesce(${lastKey('issued_baskets')}, ${Number.MIN_SAFE_INTEGER} - 1)
  ORDER BY basket_id LIMIT ${CHUNK})`;

/** What is older than these, in epoch milliseconds: ?1 requests, ?2 issued baskets, ?3 snapshots, ?4 effects */
export const LOOK = `
UPDATE retention_cursors SET last_key = step.next_key, found = step.found
FROM (${LOOK_AT_USAGES} UNION ALL ${LOOK_AT_DELIVERIES} UNION ALL ${LOOK_AT_BASKETS}) AS step
WHERE retention_cursors.name = step.name
  AND (last_key IS NOT step.next_key OR retention_cursors.found <> step.found)`;

export const REMOVE_USAGES = `DELETE FROM usages WHERE id IN ${found('usages')}`;

export const REMOVE_BASKETS = `DELETE FROM issued_baskets WHERE basket_id IN ${found('issued_baskets')}`;

/** ?1 requests, ?2 effects */
export const REMOVE_ATTEMPTS = `
DELETE FROM delivery_attempts WHERE order_key IN ${found('deliveries')} AND (started_at < ?1
  OR (SELECT done_at FROM deliveries WHERE deliveries.order_key = delivery_attempts.order_key) < ?2)`;

/** ?1 effects */
export const REMOVE_DISCOUNTS = `
DELETE FROM used_discounts WHERE order_key IN (
  SELECT order_key FROM deliveries WHERE order_key IN ${found('deliveries')} AND done_at < ?1)`;

/** ?1 effects */
export const REMOVE_ORDERS = `
DELETE FROM deliveries WHERE order_key IN ${found('deliveries')} AND done_at < ?1`;

/** Of orders that are not removed: one row each. ?1 snapshots */
export const REMOVE_SNAPSHOTS = `
UPDATE deliveries SET snapshot = NULL, basket_state = NULL, unknown_call = NULL, call_lines = NULL
WHERE order_key IN ${found('deliveries')} AND done_at < ?1 AND ${HAS_CALL_DATA}`;

/** No walk: the key begins with the day. ?1 the first day that is kept, in days since 1970 */
export const REMOVE_REFUSED = `
DELETE FROM refused_requests WHERE (day, digest) IN (
  SELECT day, digest FROM refused_requests WHERE day < ?1 ORDER BY day, digest LIMIT ${CHUNK})`;
