-- What Akinon sends that the contract does not say, by path: docs/storage.md. Only adds.
CREATE TABLE contract_drift (
  version       TEXT NOT NULL,
  route         TEXT NOT NULL,
  path          TEXT NOT NULL,
  problem       TEXT NOT NULL,
  found         TEXT NOT NULL,
  expected      TEXT NOT NULL,
  count         INTEGER NOT NULL,
  first_seen_at INTEGER NOT NULL,
  last_seen_at  INTEGER NOT NULL,
  PRIMARY KEY (version, route, path, found)
) STRICT, WITHOUT ROWID;
