-- The account's routes are asked with GET.
ALTER TABLE calls ADD COLUMN method TEXT NOT NULL DEFAULT 'POST';
