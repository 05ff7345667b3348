/**
 * Accepting a usage: five statements, one batch, one transaction. Every decision is inside the SQL, and each statement
 * may run again after a lost answer without a second effect. Nothing is written for a repeat.
 *
 * `usages` (request log), `used_discounts` (the effect, once per order and discount), `deliveries` (one per order),
 * `usage_conflicts` (same request id, other meaning).
 */
import { ENTRY } from './issued-entry.ts';

/**
 * ?1 request id, ?2 claim id, ?3 fingerprint, ?4 order key, ?5 basket id, ?6 basket version, ?7 used discounts,
 * ?8 channel, ?9 drift or null, ?10 received at
 */
export const INSERT_USAGE = `
INSERT INTO usages (request_id, claim_id, fingerprint, order_key, first_usage_id, basket_id, basket_version,
  used_discounts, channel, drift, received_at)
SELECT ?1, ?2, ?3, ?4, (SELECT usage_id FROM deliveries WHERE order_key = ?4), ?5, ?6, ?7, ?8, ?9, ?10
WHERE true
ON CONFLICT (request_id) DO NOTHING`;

/**
 * The same state of the same basket was told of before its order had a number, as a shop on v1 does, or Akinon before the
 * order is created: that was this order, and its discounts are used already.
 */
const IS_TOLD_OF_THE_BASKET = `(mine.order_key LIKE 'o:%' AND EXISTS (
  SELECT 1 FROM used_discounts AS told
  WHERE told.order_key = 'b:' || mine.basket_id || ':' || mine.basket_version AND told.discount_id = used.value))`;

/**
 * Frozen with what the basket was offered, only where this claim won.
 * ?1 request id, ?2 claim id, ?3 state of a discount that was never offered
 * @param offers of the basket; else what it is known to have been offered by now
 */
export const insertUsedDiscounts = (offers = 'issued.offers') => `
INSERT INTO used_discounts (order_key, discount_id, usage_id, state, type, amount, currency, reference, recorded_at)
SELECT mine.order_key, used.value, mine.id,
  CASE WHEN offered.value IS NULL THEN ?3
       WHEN offered.value ->> ${ENTRY.notify} THEN 'due'
       ELSE 'not_required' END,
  offered.value ->> ${ENTRY.type},
  CASE WHEN offered.value ->> ${ENTRY.type} = 'BASKET' AND length(offered.value ->> ${ENTRY.amount}) <= 15
       THEN CAST(offered.value ->> ${ENTRY.amount} AS INTEGER)
       ELSE offered.value ->> ${ENTRY.amount} END,
  offered.value ->> ${ENTRY.currency},
  nullif(offered.value -> ${ENTRY.reference}, 'null'),
  mine.received_at
FROM usages AS mine
JOIN json_each(mine.used_discounts) AS used
LEFT JOIN issued_baskets AS issued ON issued.basket_id = mine.basket_id
LEFT JOIN json_each(${offers}) AS offered ON offered.key = used.value
WHERE mine.request_id = ?1 AND mine.claim_id = ?2 AND NOT ${IS_TOLD_OF_THE_BASKET}
ON CONFLICT (order_key, discount_id) DO NOTHING`;

export const INSERT_USED_DISCOUNTS = insertUsedDiscounts();

/** The order has a line that must be delivered. */
const HAS_DUE_LINE = `EXISTS (
  SELECT 1 FROM used_discounts AS line WHERE line.order_key = mine.order_key AND line.state = 'due')`;

/**
 * Opens the order's place in the outbox, or opens it again, as fresh as at first, for a line that this usage brought. A
 * lease that is held is left alone: whoever holds it finds the new line when it settles.
 * ?1 request id, ?2 claim id
 * @param snapshot of the basket, or null
 */
export const upsertDelivery = (snapshot: string, where = 'true') => `
INSERT INTO deliveries (order_key, usage_id, state, due_at, opened_at, done_at, channel, basket_state, snapshot)
SELECT mine.order_key, mine.id,
  iif(${HAS_DUE_LINE}, 'due', 'done'),
  iif(${HAS_DUE_LINE}, mine.received_at, NULL),
  mine.received_at,
  iif(${HAS_DUE_LINE}, NULL, mine.received_at),
  mine.channel,
  (SELECT basket_state FROM issued_baskets WHERE basket_id = mine.basket_id),
  ${snapshot}
FROM usages AS mine
WHERE mine.request_id = ?1 AND mine.claim_id = ?2 AND ${where}
ON CONFLICT (order_key) DO UPDATE SET
  -- What is due already is tried again now, all of it: the new line does not wait for the others' next time.
  state = 'due',
  due_at = excluded.opened_at,
  opened_at = iif(state = 'done', excluded.opened_at, opened_at),
  done_at = NULL,
  attempts = 0,
  crashes = 0,
  last_outcome = 'none',
  first_attempt_at = NULL,
  open_clock_at = NULL,
  call_lines = NULL,
  unknown_call = NULL,
  basket_state = coalesce(basket_state, excluded.basket_state),
  snapshot = coalesce(snapshot, excluded.snapshot)
WHERE (state = 'done' OR (state = 'due' AND last_outcome <> 'unknown')) AND EXISTS (
  SELECT 1 FROM used_discounts AS line
  WHERE line.order_key = excluded.order_key AND line.usage_id = excluded.usage_id AND line.state = 'due')`;

/** ?3 basket snapshot or null */
export const UPSERT_DELIVERY = upsertDelivery('?3');

/** Of the used discounts, what the basket was offered: a conflict is settled later, when that may have changed. */
const OFFERS = `(
  SELECT json_group_object(offered.key, json(offered.value))
  FROM issued_baskets AS issued JOIN json_each(issued.offers) AS offered
  WHERE issued.basket_id = ?4 AND offered.key IN (SELECT value FROM json_each(?6)))`;

/**
 * Kept once for each other meaning, and counted; the first of them is what is kept.
 * ?1 request id, ?2 fingerprint, ?3 order key, ?4 basket id, ?5 basket version, ?6 used discounts, ?7 channel,
 * ?8 received at, ?9 basket snapshot or null
 */
export const INSERT_CONFLICT = `
INSERT INTO usage_conflicts (request_id, fingerprint, order_key, basket_id, basket_version, used_discounts, channel,
  first_at, last_at, snapshot, offers)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ${OFFERS} FROM usages WHERE request_id = ?1 AND fingerprint <> ?2
ON CONFLICT (request_id, fingerprint) DO UPDATE SET times = times + 1, last_at = excluded.last_at`;

/** Whose claim stands, and whether there is work. ?1 request id */
export const SELECT_VERDICT = `
SELECT claim_id, fingerprint, ${HAS_DUE_LINE} AS due FROM usages AS mine WHERE request_id = ?1`;
