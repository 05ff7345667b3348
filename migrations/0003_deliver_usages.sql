-- What the delivery, the gate, alerts, retention and people's decisions need. Only adds: the version of the Worker that
-- is still running goes on as before. Every table: docs/storage.md.

-- Discount ids of the call that may be under way or whose outcome is unknown: a line that joins later is not among them.
ALTER TABLE deliveries ADD COLUMN call_lines TEXT;
-- The gate's clock (time it stood open, in ms) at the first attempt: 72 hours of it are the horizon.
ALTER TABLE deliveries ADD COLUMN open_clock_at INTEGER;

-- 1 = given up although it may have been done.
ALTER TABLE used_discounts ADD COLUMN uncertain INTEGER NOT NULL DEFAULT 0;

-- What a person looks for, by age. No usual line is ever in it, so that an order which is simply delivered pays nothing.
-- Spelled with OR: SQLite sees that `state = 'dead'` is within that, and does not see it of IN.
CREATE INDEX used_discounts_for_people ON used_discounts (state, coalesce(settled_at, recorded_at))
  WHERE state = 'rejected' OR state = 'dead' OR state = 'unrecognised';

CREATE INDEX usage_conflicts_by_age ON usage_conflicts (first_at);
CREATE INDEX usage_conflicts_of_order ON usage_conflicts (order_key);

-- Different orders in a row: order keys as JSON, emptied by the first answer.
ALTER TABLE delivery_gate ADD COLUMN failing TEXT NOT NULL DEFAULT '[]';
ALTER TABLE delivery_gate ADD COLUMN refusing TEXT NOT NULL DEFAULT '[]';
-- How long it was shut until it opened last, in all.
ALTER TABLE delivery_gate ADD COLUMN shut_ms INTEGER NOT NULL DEFAULT 0;
-- Who may claim the one order that tries the upstream.
ALTER TABLE delivery_gate ADD COLUMN probe TEXT;
-- Not before this, where deliveries are paced.
ALTER TABLE delivery_gate ADD COLUMN pace_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery_gate ADD COLUMN detail TEXT;
-- The order whose answer shut it, and those of which it is known by now that it is them.
ALTER TABLE delivery_gate ADD COLUMN culprit TEXT;
ALTER TABLE delivery_gate ADD COLUMN blamed TEXT NOT NULL DEFAULT '[]';

-- What people decided, and why.
CREATE TABLE audit_log (
  id          INTEGER PRIMARY KEY,
  at          INTEGER NOT NULL,
  actor       TEXT NOT NULL,
  action      TEXT NOT NULL CHECK (action IN ('replay', 'discard', 'erase')),
  order_key   TEXT,
  discount_id TEXT,
  reason      TEXT NOT NULL
) STRICT;

-- What ops was told, so that it is told once.
CREATE TABLE alerts (
  cause      TEXT PRIMARY KEY,
  -- The newest case that it is about.
  newest     INTEGER NOT NULL,
  -- When this alert was first tried. Later than `sent_at`: it did not arrive yet.
  raised_at  INTEGER NOT NULL,
  claimed_at INTEGER NOT NULL,
  sent_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How far retention has looked, and the keys that it found in its last chunk.
CREATE TABLE retention_cursors (
  name     TEXT PRIMARY KEY,
  -- The last key of the last chunk, or null to begin again.
  last_key ANY,
  found    TEXT NOT NULL DEFAULT '[]'
) STRICT, WITHOUT ROWID;

INSERT INTO retention_cursors (name) VALUES ('usages'), ('deliveries'), ('issued_baskets');
