/**
 * A request id that came again with another meaning: looked at, and settled by a person. Accepted, it becomes a usage of
 * its own, by the statements that accept one, under a request id that says what it was; discarded, it is gone. Either way
 * the decision is what remains.
 *
 * One at a time, as requests come: a discount that one of them brings is known when the next one is looked at.
 */
import { insertUsedDiscounts, upsertDelivery } from './accept-usage.sql.ts';

const CONFLICT = `c.request_id, c.fingerprint, c.order_key, c.basket_id, c.basket_version, c.used_discounts, c.channel,
  c.times, c.first_at, c.last_at`;

/** ?1 request id, ?2 fingerprint */
export const FIND_CONFLICT = `
SELECT ${CONFLICT}, c.snapshot FROM usage_conflicts AS c WHERE c.request_id = ?1 AND c.fingerprint = ?2`;

/** The usage that holds the request id, and its basket where it is the one that the order is delivered with. ?1 request id */
export const FIND_STANDING = `
SELECT u.id, u.order_key, u.basket_id, u.basket_version, u.used_discounts, u.channel, u.received_at,
  CASE WHEN u.first_usage_id IS NULL AND json_valid(d.snapshot)
    THEN iif(d.snapshot ->> 'id' = u.basket_id, d.snapshot, NULL) END AS snapshot
FROM usages AS u LEFT JOIN deliveries AS d ON d.order_key = u.order_key WHERE u.request_id = ?1`;

/** ?1 `[[request id, fingerprint, order key]]` */
export const PLAN_CONFLICTS = `
SELECT ${CONFLICT} FROM (SELECT DISTINCT value FROM json_each(?1)) AS wanted CROSS JOIN usage_conflicts AS c
  ON c.request_id = wanted.value ->> 0 AND c.fingerprint = wanted.value ->> 1 AND c.order_key = wanted.value ->> 2
ORDER BY c.order_key, c.first_at`;

/** As it was when the plan was made: one that was settled and came again since is another. */
const IT = `c.request_id = ?1 AND c.fingerprint = ?2 AND c.order_key = ?3 AND c.first_at <= ?4`;

/** ?1 to ?3 the conflict, ?4 as of, ?5 actor, ?6 reason */
export const note = (action: 'replay' | 'discard') => `
INSERT INTO audit_log (at, actor, action, order_key, reason)
SELECT ?4, ?5, '${action}', c.order_key, 'conflict of request ' || c.request_id || ', first at '
  || strftime('%Y-%m-%dT%H:%M:%SZ', c.first_at / 1000, 'unixepoch') || ': ' || ?6
FROM usage_conflicts AS c WHERE ${IT}`;

/** ?1 to ?3 the conflict, ?4 as of, ?5 new request id, ?6 claim id, ?7 now */
export const INSERT_USAGE = `
INSERT INTO usages (request_id, claim_id, fingerprint, order_key, first_usage_id, basket_id, basket_version,
  used_discounts, channel, received_at)
SELECT ?5, ?6, c.fingerprint, c.order_key, (SELECT usage_id FROM deliveries WHERE order_key = c.order_key),
  c.basket_id, c.basket_version, c.used_discounts, c.channel, ?7
FROM usage_conflicts AS c WHERE ${IT}
ON CONFLICT (request_id) DO NOTHING`;

/** While it is there: a decision that runs again finds nothing. */
const ofIt = (requestId: string, fingerprint: string) =>
  `usage_conflicts AS c WHERE c.request_id = ${requestId} AND c.fingerprint = ${fingerprint}`;

/**
 * With what the basket was offered when it came. ?1 new request id, ?2 claim id, ?3 state of a discount that was never
 * offered, ?4 and ?5 the conflict's request id and fingerprint
 */
export const INSERT_DISCOUNTS = insertUsedDiscounts(
  `coalesce((SELECT c.offers FROM ${ofIt('?4', '?5')}), issued.offers)`,
);

/** ?1 new request id, ?2 claim id, ?3 and ?4 the conflict's request id and fingerprint */
export const OPEN_DELIVERY = upsertDelivery(
  `(SELECT c.snapshot FROM ${ofIt('?3', '?4')})`,
  `EXISTS (SELECT 1 FROM ${ofIt('?3', '?4')})`,
);

/** ?1 to ?3 the conflict, ?4 as of */
export const REMOVE = `DELETE FROM usage_conflicts AS c WHERE ${IT}`;

/** What was decided, also where the answer before was lost. ?1 order keys as JSON, ?2 as of, ?3 actor */
export const decided = (action: 'replay' | 'discard') => `
SELECT id FROM audit_log WHERE at = ?2 AND actor = ?3 AND action = '${action}' AND discount_id IS NULL
  AND order_key IN (SELECT value FROM json_each(?1))`;
