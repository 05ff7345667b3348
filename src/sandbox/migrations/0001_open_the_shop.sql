-- The storefront sandbox: products, baskets, orders and calls. Local only; no part of the product's own database.

CREATE TABLE products (
  id            INTEGER PRIMARY KEY,
  name          TEXT NOT NULL,
  sku           TEXT NOT NULL,
  base_code     TEXT NOT NULL,
  attributes    TEXT NOT NULL DEFAULT '{}',
  attribute_set INTEGER NOT NULL DEFAULT 1,
  -- Decimal text.
  price         TEXT NOT NULL,
  retail_price  TEXT NOT NULL,
  currency      TEXT NOT NULL DEFAULT 'TRY',
  tax_rate      TEXT NOT NULL DEFAULT '20.00',
  stock         INTEGER NOT NULL,
  is_active     INTEGER NOT NULL DEFAULT 1,
  unit_type     TEXT NOT NULL DEFAULT 'QUANTITY',
  -- Microseconds, as all times here.
  created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE baskets (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  session_id   TEXT NOT NULL,
  status       TEXT NOT NULL,
  version      INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  voucher_code TEXT,
  -- Made for each write: the statements after the first of a batch know by it whether that came through.
  write_id     TEXT,
  -- The last answer of /offers and what it was an answer to: {"question", "version", "at", "contractVersion", "offers"}.
  answer       TEXT
) STRICT;

-- "Each user is allowed to have a single active Basket."
CREATE UNIQUE INDEX one_active_basket ON baskets (session_id) WHERE status = 'active';

CREATE TABLE basket_items (
  id               INTEGER PRIMARY KEY,
  basket_id        INTEGER NOT NULL,
  position         INTEGER NOT NULL,
  created_at       INTEGER NOT NULL,
  modified_at      INTEGER NOT NULL,
  product_id       INTEGER NOT NULL,
  quantity         INTEGER NOT NULL CHECK (quantity > 0),
  attributes       TEXT NOT NULL,
  inquiry          TEXT NOT NULL,
  parent_id        INTEGER,
  per_parent       INTEGER NOT NULL,
  price_when_added TEXT NOT NULL
) STRICT;

CREATE INDEX basket_items_of_basket ON basket_items (basket_id, position);

-- Ids are drawn from here, so that none is ever given twice.
CREATE TABLE ids (name TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO ids VALUES ('basket_item', 7000), ('order', 1000);

CREATE TABLE orders (
  number          TEXT PRIMARY KEY,
  basket_id       INTEGER NOT NULL,
  session_id      TEXT NOT NULL,
  placed_at       INTEGER NOT NULL,
  -- The basket API's last answer, with the totals.
  basket          TEXT NOT NULL,
  used_discounts  TEXT NOT NULL,
  -- What /use-offers is told, or null when no discount asks for it.
  request         TEXT,
  request_id      TEXT,
  settings        TEXT NOT NULL,
  -- How often the call was made.
  times_told      INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE calls (
  id               INTEGER PRIMARY KEY,
  path             TEXT NOT NULL,
  request_id       TEXT NOT NULL,
  contract_version TEXT NOT NULL,
  -- Milliseconds.
  at               INTEGER NOT NULL,
  duration_ms      INTEGER NOT NULL,
  status           INTEGER,
  request_headers  TEXT NOT NULL,
  request_body     TEXT NOT NULL,
  answer_headers   TEXT NOT NULL,
  answer_body      TEXT NOT NULL
) STRICT;

CREATE TABLE settings (id INTEGER PRIMARY KEY CHECK (id = 1), value TEXT NOT NULL) STRICT;
