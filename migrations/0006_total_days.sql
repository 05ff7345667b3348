-- What the console's overview shows, counted by the sweep, and what a conflict was offered: docs/storage.md. Only adds.
CREATE TABLE daily_totals (
  -- YYYY-MM-DD in the shop's time zone.
  day    TEXT PRIMARY KEY,
  totals TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- How far the sweep has counted: ids of `usages`.
CREATE TABLE totals_progress (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  counted_id INTEGER NOT NULL,
  judged_id  INTEGER NOT NULL
) STRICT;

INSERT INTO totals_progress (id, counted_id, judged_id) VALUES (1, 0, 0);

-- Of the basket when it came, as in issued_baskets, the used discounts alone: a decision may be taken days later.
ALTER TABLE usage_conflicts ADD COLUMN offers TEXT;
