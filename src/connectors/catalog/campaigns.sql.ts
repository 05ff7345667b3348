/**
 * SQL of the catalog's own tables (migration 0002). A limit is checked and used up in one statement of one transaction:
 * however many commits run at once, D1 runs them one after the other.
 */

/** So many are looked at for one basket; each costs checkout time. */
const MAX_CAMPAIGNS = 200;

/** More offers than this are of no use to anybody. */
export const MAX_OFFERS = 50;

/**
 * What may apply to a basket: in its window, in its currency, automatic or of this voucher code, and nobody else's.
 * What is used up is told only of a code that was typed.
 * ?1 now (YYYY-MM-DDTHH:MM:SSZ), ?2 currency, ?3 voucher code or null, ?4 customer hashes as a JSON list, or null
 * when nobody can be recognised: then whoever assigned a campaign must hear of it
 */
export const FIND_CAMPAIGNS = `
SELECT c.*,
  (assigned_only OR usage_limit_per_customer IS NOT NULL) AS customer_bound,
  iif(usage_limit_per_customer IS NULL, 0, (
    SELECT count(DISTINCT r.redemption_key) FROM json_each(?4) AS hash JOIN campaign_redemption_customers AS r
      ON r.customer_hash = hash.value AND r.campaign_id = c.id)) AS times_used_by_customer
FROM campaigns AS c
WHERE (voucher_code IS NULL OR voucher_code = ?3)
  AND start_datetime <= ?1 AND end_datetime >= ?1
  AND (currency IS NULL OR currency = ?2)
  AND (voucher_code IS NOT NULL OR usage_limit IS NULL OR times_used < usage_limit)
  AND (NOT assigned_only OR ?4 IS NULL OR EXISTS (
    SELECT 1 FROM json_each(?4) AS hash JOIN campaign_customers AS a
      ON a.campaign_id = c.id AND a.customer_hash = hash.value))
ORDER BY voucher_code IS NULL, priority, id
LIMIT ${MAX_CAMPAIGNS}`;

export const HAS_CUSTOMER_BOUND_CAMPAIGN = `
SELECT 1 AS there FROM campaigns WHERE assigned_only = 1 OR usage_limit_per_customer IS NOT NULL LIMIT 1`;

/** A line's customer hashes, as the offer remembered them; none where it was never offered. */
const CUSTOMERS = "(line.value -> 'customers')";

/** Why a line may not be redeemed, or null. `line` is the line, `c` its campaign. */
const REFUSAL = `CASE
  WHEN c.id IS NULL THEN 'unknown_campaign'
  WHEN (c.assigned_only OR c.usage_limit_per_customer IS NOT NULL) AND json_array_length(${CUSTOMERS}) = 0
    THEN 'customer_not_remembered'
  WHEN c.assigned_only AND NOT EXISTS (
    SELECT 1 FROM json_each(${CUSTOMERS}) AS hash JOIN campaign_customers AS a
      ON a.campaign_id = c.id AND a.customer_hash = hash.value) THEN 'not_assigned_to_customer'
  WHEN c.usage_limit_per_customer <= (
    SELECT count(DISTINCT r.redemption_key) FROM json_each(${CUSTOMERS}) AS hash JOIN campaign_redemption_customers AS r
      ON r.customer_hash = hash.value AND r.campaign_id = c.id) THEN 'customer_limit_reached'
  WHEN c.usage_limit <= c.times_used THEN 'usage_limit_reached'
END`;

/** ?1 lines as JSON [{"id","key","customers":[…]}], ?2 order key, ?3 now (ms) */
export const REDEEM = `
INSERT INTO campaign_redemptions (campaign_id, redemption_key, order_key, redeemed_at)
SELECT line.value ->> 'id', line.value ->> 'key', ?2, ?3
FROM json_each(?1) AS line LEFT JOIN campaigns AS c ON c.id = line.value ->> 'id'
WHERE (${REFUSAL}) IS NULL
ON CONFLICT (campaign_id, redemption_key) DO NOTHING`;

/** ?1 lines */
export const REMEMBER_REDEEMING_CUSTOMER = `
INSERT INTO campaign_redemption_customers (customer_hash, campaign_id, redemption_key)
SELECT hash.value, r.campaign_id, r.redemption_key
FROM json_each(?1) AS line
JOIN campaigns AS c ON c.id = line.value ->> 'id' AND c.usage_limit_per_customer IS NOT NULL
JOIN campaign_redemptions AS r ON r.campaign_id = c.id AND r.redemption_key = line.value ->> 'key'
JOIN json_each(${CUSTOMERS}) AS hash
WHERE true
ON CONFLICT (customer_hash, campaign_id, redemption_key) DO NOTHING`;

/** What became of each line: redeemed, or refused with a reason. ?1 lines */
export const SELECT_OUTCOMES = `
SELECT line.value ->> 'id' AS id, r.redemption_key IS NOT NULL AS redeemed, ${REFUSAL} AS refusal
FROM json_each(?1) AS line
LEFT JOIN campaigns AS c ON c.id = line.value ->> 'id'
LEFT JOIN campaign_redemptions AS r ON r.campaign_id = c.id AND r.redemption_key = line.value ->> 'key'`;

/** Campaigns that a page looks at: people write them by hand, and there is no index on their times. */
const MAX_LISTED = 2000;

const WINDOWS = {
  active: 'start_datetime <= ?1 AND end_datetime >= ?1',
  past: 'end_datetime < ?1',
  upcoming: 'start_datetime > ?1',
} as const;

/** Newest beginning first. ?1 now as text, ?2 how many, ?3 and ?4 beginning and id of the last before, or null */
export const listCampaigns = (when: keyof typeof WINDOWS) => `
SELECT * FROM (
  SELECT id, discount_type, label, amount, currency, percentage, max_discount, start_datetime, end_datetime,
    voucher_code, assigned_only, times_used, usage_limit, usage_limit_per_customer
  FROM campaigns LIMIT ${MAX_LISTED})
WHERE ${WINDOWS[when]} AND (?3 IS NULL OR (start_datetime, id) < (?3, ?4))
ORDER BY start_datetime DESC, id DESC LIMIT ?2`;

/** Campaigns of one customer that are looked at. */
const MAX_ASSIGNED = 2000;

const ORDERS = { active: 'end_datetime, id', past: 'end_datetime DESC, id', upcoming: 'start_datetime, id' } as const;

/** Of what the table's own checks let through, what is a decimal. GLOB and they end at a NUL, so that is looked for. */
const isDecimal = (column: string) =>
  `(${column} GLOB '[0-9]*' AND ${column} NOT GLOB '*.' AND ${column} NOT GLOB '*.*.*' AND length(CAST(${column} AS BLOB)) <= 40
    AND instr(${column}, char(0)) = 0)`;

/**
 * Discounts that are assigned to a customer, and on each row how many there are on all pages. What cannot be read is none.
 * ?1 now as text, ?2 currency, ?3 customer hashes as a JSON list, ?4 how many, ?5 passed over
 */
export const listCustomerCampaigns = (when: keyof typeof WINDOWS) => `
SELECT benefit_type, label, amount, percentage, currency, start_datetime, end_datetime, voucher_code, condition_type,
  condition_value, count(*) OVER () AS count
FROM campaigns
WHERE id IN (
    SELECT campaign_id FROM campaign_customers WHERE customer_hash IN (SELECT value FROM json_each(?3))
    LIMIT ${MAX_ASSIGNED})
  AND ${WINDOWS[when]} AND (currency IS NULL OR currency = ?2)
  AND CASE benefit_type
    WHEN 'fixed' THEN ${isDecimal('amount')} WHEN 'percentage' THEN ${isDecimal('percentage')}
    ELSE benefit_type IS NOT NULL END
  AND (condition_value IS NULL OR ${isDecimal('condition_value')})
  AND NOT EXISTS (SELECT 1 FROM json_each(label) AS text WHERE text.type <> 'text')
ORDER BY ${ORDERS[when]} LIMIT ?4 OFFSET ?5`;
