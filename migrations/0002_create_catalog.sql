-- Campaigns of the embedded `catalog` connector. Fields and who edits them: src/connectors/catalog/README.md.

CREATE TABLE campaigns (
  -- Also the discount id that Akinon sees.
  id                       TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 200),
  discount_type            TEXT NOT NULL CHECK (discount_type IN
                             ('BASKET', 'SHIPPING', 'LOYALTY_POINT', 'SAMPLE_PRODUCT', 'DEFERRED', 'POINT')),
  benefit_type             TEXT CHECK (benefit_type IN ('fixed', 'percentage', 'shipping_free')),
  -- Texts by language: {"tr": "…", "en": "…", "ar": …, "ru": …, "de": …, "fr": …}
  label                    TEXT NOT NULL CHECK (json_valid(label) AND json_type(label) = 'object'),
  description              TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(description) AND json_type(description) = 'object'),
  success_message          TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(success_message) AND json_type(success_message) = 'object'),
  upsell_message           TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(upsell_message) AND json_type(upsell_message) = 'object'),
  -- Decimal text: money of a fixed BASKET discount, points of LOYALTY_POINT.
  amount                   TEXT,
  percentage               TEXT,
  max_discount             TEXT,
  currency                 TEXT CHECK (currency GLOB '[A-Z][A-Z][A-Z]'),
  -- YYYY-MM-DDTHH:MM:SSZ, both ends included.
  start_datetime           TEXT NOT NULL CHECK (start_datetime GLOB '????-??-??T??:??:??Z'),
  end_datetime             TEXT NOT NULL CHECK (end_datetime GLOB '????-??-??T??:??:??Z'),
  offer_type               TEXT NOT NULL DEFAULT 'automatic' CHECK (offer_type IN ('automatic', 'coupon_code')),
  voucher_code             TEXT COLLATE NOCASE,
  condition_type           TEXT CHECK (condition_type IN ('Amount', 'Quantity')),
  condition_value          TEXT,
  -- extraArgs of LOYALTY_POINT (coefficient and dates), SAMPLE_PRODUCT and DEFERRED, as the contract spells them.
  extra_args               TEXT CHECK (json_valid(extra_args) AND json_type(extra_args) = 'object'),
  priority                 INTEGER NOT NULL DEFAULT 100,
  is_mergeable             INTEGER NOT NULL DEFAULT 1 CHECK (is_mergeable IN (0, 1)),
  notify                   INTEGER NOT NULL DEFAULT 1 CHECK (notify IN (0, 1)),
  usage_limit              INTEGER CHECK (usage_limit > 0),
  usage_limit_per_customer INTEGER CHECK (usage_limit_per_customer > 0),
  assigned_only            INTEGER NOT NULL DEFAULT 0 CHECK (assigned_only IN (0, 1)),
  times_used               INTEGER NOT NULL DEFAULT 0,

  CHECK (start_datetime < end_datetime),
  CHECK (amount IS NULL OR amount NOT GLOB '*[^0-9.]*'),
  CHECK (percentage IS NULL OR (percentage NOT GLOB '*[^0-9.]*' AND CAST(percentage AS REAL) BETWEEN 0 AND 100)),
  CHECK (max_discount IS NULL OR max_discount NOT GLOB '*[^0-9.]*'),
  CHECK (condition_value IS NULL OR condition_value NOT GLOB '*[^0-9.]*'),
  CHECK ((discount_type IN ('LOYALTY_POINT', 'SAMPLE_PRODUCT', 'DEFERRED')) = (extra_args IS NOT NULL)),
  CHECK (discount_type <> 'LOYALTY_POINT' OR amount IS NOT NULL),
  CHECK ((offer_type = 'coupon_code') = (voucher_code IS NOT NULL)),
  CHECK ((condition_type IS NULL) = (condition_value IS NULL)),
  CHECK ((discount_type = 'BASKET') = (benefit_type IS NOT NULL AND benefit_type IN ('fixed', 'percentage'))),
  CHECK ((discount_type = 'SHIPPING') = (benefit_type IS NOT NULL AND benefit_type = 'shipping_free')),
  CHECK (discount_type <> 'BASKET' OR benefit_type <> 'fixed' OR (amount IS NOT NULL AND currency IS NOT NULL)),
  CHECK (discount_type <> 'BASKET' OR benefit_type <> 'percentage' OR percentage IS NOT NULL)
) STRICT;

CREATE INDEX campaigns_by_voucher ON campaigns (voucher_code);

-- Who may use a campaign with assigned_only = 1: keyed hashes, never a phone number or an e-mail address.
CREATE TABLE campaign_customers (
  campaign_id   TEXT NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
  customer_hash TEXT NOT NULL CHECK (length(customer_hash) = 64 AND customer_hash NOT GLOB '*[^0-9a-f]*'),
  PRIMARY KEY (campaign_id, customer_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE campaign_redemptions (
  campaign_id    TEXT NOT NULL,
  redemption_key TEXT NOT NULL,
  order_key      TEXT NOT NULL,
  redeemed_at    INTEGER NOT NULL,
  PRIMARY KEY (campaign_id, redemption_key)
) STRICT, WITHOUT ROWID;

-- One row for each hash of the customer, only where a campaign is limited per customer.
CREATE TABLE campaign_redemption_customers (
  customer_hash  TEXT NOT NULL,
  campaign_id    TEXT NOT NULL,
  redemption_key TEXT NOT NULL,
  PRIMARY KEY (customer_hash, campaign_id, redemption_key)
) STRICT, WITHOUT ROWID;

-- In the same transaction as the redemption: the limit holds however many commit at once.
CREATE TRIGGER count_redemption AFTER INSERT ON campaign_redemptions
BEGIN
  UPDATE campaigns SET times_used = times_used + 1 WHERE id = NEW.campaign_id;
END;
