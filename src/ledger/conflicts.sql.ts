/**
 * A request id that came again with another meaning: looked at, and settled by a person. Accepted, it becomes a usage of
 * its own, by the statements that accept one, under a request id that says what it was; discarded, it is gone. Either way
 * the decision is what remains.
 */
import { insertUsedDiscounts, upsertDelivery } from './accept-usage.sql.ts';

const CONFLICT = `c.request_id, c.fingerprint, c.order_key, c.basket_id, c.basket_version, c.used_discounts, c.channel,
  c.times, c.first_at, c.last_at`;

/** ?1 request id, ?2 fingerprint */
export const FIND_CONFLICT = `
SELECT ${CONFLICT}, c.snapshot FROM usage_conflicts AS c WHERE c.request_id = ?1 AND c.fingerprint = ?2`;

/** The usage that holds the request id, with the basket of its order. ?1 request id */
export const FIND_STANDING = `
SELECT u.id, u.order_key, u.basket_id, u.basket_version, u.used_discounts, u.channel, u.received_at, d.snapshot
FROM usages AS u LEFT JOIN deliveries AS d ON d.order_key = u.order_key WHERE u.request_id = ?1`;

/** `[[request id, fingerprint, order key]]` */
const WANTED = `(SELECT DISTINCT value FROM json_each(?1)) AS wanted CROSS JOIN usage_conflicts AS c
  ON c.request_id = wanted.value ->> 0 AND c.fingerprint = wanted.value ->> 1 AND c.order_key = wanted.value ->> 2`;

/** ?1 {@link WANTED} */
export const PLAN_CONFLICTS = `SELECT ${CONFLICT} FROM ${WANTED} ORDER BY c.order_key, c.first_at`;

/** Nobody's: Akinon's request ids are ours only to answer. */
const NEW_REQUEST_ID = "(c.request_id || '#' || substr(c.fingerprint, 1, 16))";
/** Of conflicts that are still there: a decision that runs again finds none. */
const NEW_REQUESTS = `IN (SELECT ${NEW_REQUEST_ID} FROM ${WANTED})`;

/** ?1 {@link WANTED}, ?2 as of, ?3 actor, ?4 reason */
export const note = (action: 'replay' | 'discard') => `
INSERT INTO audit_log (at, actor, action, order_key, reason)
SELECT ?2, ?3, '${action}', c.order_key, 'conflict of request ' || c.request_id || ', first at '
    || strftime('%Y-%m-%dT%H:%M:%SZ', c.first_at / 1000, 'unixepoch') || ': ' || ?4
FROM ${WANTED}`;

/** ?1 {@link WANTED}, ?2 claim id, ?3 now */
export const INSERT_USAGES = `
INSERT INTO usages (request_id, claim_id, fingerprint, order_key, first_usage_id, basket_id, basket_version,
  used_discounts, channel, received_at)
SELECT ${NEW_REQUEST_ID}, ?2, c.fingerprint, c.order_key, (SELECT usage_id FROM deliveries WHERE order_key = c.order_key),
  c.basket_id, c.basket_version, c.used_discounts, c.channel, ?3
FROM ${WANTED} WHERE true
ON CONFLICT (request_id) DO NOTHING`;

/** ?1 {@link WANTED}, ?2 claim id, ?3 state of a discount that was never offered */
export const INSERT_DISCOUNTS = insertUsedDiscounts(NEW_REQUESTS);

/** ?1 {@link WANTED}, ?2 claim id */
export const OPEN_DELIVERIES = upsertDelivery(
  NEW_REQUESTS,
  `(SELECT c.snapshot FROM usage_conflicts AS c
    WHERE c.order_key = mine.order_key AND c.fingerprint = mine.fingerprint LIMIT 1)`,
);

/** Where two of them opened one order. ?1 {@link WANTED}, ?2 claim id */
export const LINK_LATER_USAGES = `
UPDATE usages SET first_usage_id = opened.usage_id FROM deliveries AS opened
WHERE opened.order_key = usages.order_key AND usages.request_id ${NEW_REQUESTS} AND usages.claim_id = ?2
  AND usages.first_usage_id IS NULL AND usages.id <> opened.usage_id`;

/** ?1 {@link WANTED} */
export const REMOVE = `
DELETE FROM usage_conflicts WHERE (request_id, fingerprint, order_key) IN (
  SELECT wanted.value ->> 0, wanted.value ->> 1, wanted.value ->> 2 FROM json_each(?1) AS wanted)`;

/** What was decided, also where the answer before was lost. ?1 {@link WANTED}, ?2 as of, ?3 actor */
export const decided = (action: 'replay' | 'discard') => `
SELECT id FROM audit_log WHERE at = ?2 AND actor = ?3 AND action = '${action}' AND discount_id IS NULL
  AND order_key IN (SELECT wanted.value ->> 2 FROM json_each(?1) AS wanted)`;
