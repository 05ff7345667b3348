-- What the console searches by, and what more a person may do: docs/storage.md.

CREATE INDEX usages_by_basket ON usages (basket_id) WHERE basket_id IS NOT NULL;

-- SQLite widens no CHECK in place. Nothing but people's commands writes here, so that the Worker that is still running does
-- not notice.
CREATE TABLE audit_log_wider (
  id          INTEGER PRIMARY KEY,
  at          INTEGER NOT NULL,
  actor       TEXT NOT NULL,
  action      TEXT NOT NULL CHECK (action IN ('replay', 'discard', 'deliver', 'erase', 'denied')),
  order_key   TEXT,
  discount_id TEXT,
  reason      TEXT NOT NULL
) STRICT;
INSERT INTO audit_log_wider (id, at, actor, action, order_key, discount_id, reason)
SELECT id, at, actor, action, order_key, discount_id, reason FROM audit_log;
DROP TABLE audit_log;
ALTER TABLE audit_log_wider RENAME TO audit_log;
CREATE INDEX audit_log_of_order ON audit_log (order_key, at) WHERE order_key IS NOT NULL;
