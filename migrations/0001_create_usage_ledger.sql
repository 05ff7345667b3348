-- What was offered, what was used, and what must still reach the upstream. Every table: docs/storage.md.
-- D1 bills each row and index entry written: `WITHOUT ROWID`, partial indexes, and no index without a reader.

CREATE TABLE issued_baskets (
  basket_id    INTEGER PRIMARY KEY,
  version      INTEGER NOT NULL,
  -- {"<offer id>": [version, type, amount, currency, notify, reference]}
  offers       TEXT NOT NULL,
  basket_state TEXT,
  seen_at      INTEGER NOT NULL
) STRICT;

CREATE TABLE usages (
  -- Grows with time, so it is also the order of the log.
  id             INTEGER PRIMARY KEY,
  request_id     TEXT NOT NULL UNIQUE,
  claim_id       TEXT NOT NULL,
  fingerprint    TEXT NOT NULL,
  order_key      TEXT NOT NULL,
  -- Null for the usage that opened the order: deliveries.usage_id leads to that one.
  first_usage_id INTEGER,
  basket_id      INTEGER,
  basket_version INTEGER,
  used_discounts TEXT NOT NULL,
  channel        TEXT NOT NULL,
  drift          TEXT,
  received_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX usages_later_of_order ON usages (first_usage_id) WHERE first_usage_id IS NOT NULL;

CREATE TABLE used_discounts (
  order_key    TEXT NOT NULL,
  discount_id  TEXT NOT NULL,
  usage_id     INTEGER NOT NULL,
  state        TEXT NOT NULL CHECK (state IN
                 ('due', 'delivered', 'rejected', 'dead', 'not_required', 'unrecognised', 'discarded')),
  type         TEXT,
  -- BASKET: integer minor units (text beyond 15 digits); LOYALTY_POINT: decimal text; else null.
  amount       ANY,
  currency     TEXT,
  reference    TEXT,
  reason       TEXT,
  upstream_ref TEXT,
  recorded_at  INTEGER NOT NULL,
  settled_at   INTEGER,
  PRIMARY KEY (order_key, discount_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
  order_key        TEXT PRIMARY KEY,
  usage_id         INTEGER NOT NULL,
  state            TEXT NOT NULL CHECK (state IN ('due', 'leased', 'done')),
  -- When due: the next attempt. When leased: the end of the lease. One index serves both.
  due_at           INTEGER,
  fence            INTEGER NOT NULL DEFAULT 0,
  attempts         INTEGER NOT NULL DEFAULT 0,
  crashes          INTEGER NOT NULL DEFAULT 0,
  generation       INTEGER NOT NULL DEFAULT 0,
  last_outcome     TEXT NOT NULL DEFAULT 'none' CHECK (last_outcome IN ('none', 'unknown', 'later')),
  first_attempt_at INTEGER,
  opened_at        INTEGER NOT NULL,
  done_at          INTEGER,
  upstream_ref     TEXT,
  channel          TEXT NOT NULL,
  -- Large columns last: what lists orders does not read them.
  basket_state     TEXT,
  unknown_call     TEXT,
  snapshot         TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_due ON deliveries (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE delivery_attempts (
  order_key   TEXT NOT NULL,
  fence       INTEGER NOT NULL,
  started_at  INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  outcome     TEXT NOT NULL,
  status      INTEGER,
  detail      TEXT,
  PRIMARY KEY (order_key, fence)
) STRICT, WITHOUT ROWID;

-- A request id that came again with another meaning: everything that a usage of its own would need.
CREATE TABLE usage_conflicts (
  request_id     TEXT NOT NULL,
  fingerprint    TEXT NOT NULL,
  order_key      TEXT NOT NULL,
  basket_id      INTEGER,
  basket_version INTEGER,
  used_discounts TEXT NOT NULL,
  channel        TEXT NOT NULL,
  times          INTEGER NOT NULL DEFAULT 1,
  first_at       INTEGER NOT NULL,
  last_at        INTEGER NOT NULL,
  snapshot       TEXT,
  PRIMARY KEY (request_id, fingerprint)
) STRICT, WITHOUT ROWID;

CREATE TABLE refused_requests (
  -- Days since 1970-01-01 UTC.
  day        INTEGER NOT NULL,
  digest     TEXT NOT NULL,
  request_id TEXT,
  errors     TEXT NOT NULL,
  payload    TEXT NOT NULL,
  times      INTEGER NOT NULL DEFAULT 1,
  first_at   INTEGER NOT NULL,
  last_at    INTEGER NOT NULL,
  PRIMARY KEY (day, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE delivery_gate (
  id        INTEGER PRIMARY KEY CHECK (id = 1),
  state     TEXT NOT NULL CHECK (state IN ('open', 'probing', 'paused')),
  reason    TEXT,
  paused_at INTEGER,
  until     INTEGER
) STRICT;

INSERT INTO delivery_gate (id, state) VALUES (1, 'open');
