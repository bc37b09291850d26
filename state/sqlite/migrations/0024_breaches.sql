-- +goose Up
-- When assets were late by a policy, and because of what. until is 0 while it
-- lasts. Bodies are JSON; the columns are for finding.
CREATE TABLE breaches (
  id     TEXT PRIMARY KEY,
  seq    INTEGER NOT NULL,
  policy TEXT NOT NULL,
  asset  BLOB NOT NULL,
  since  INTEGER NOT NULL,
  until  INTEGER NOT NULL,
  body   BLOB NOT NULL
);
CREATE INDEX breaches_policy ON breaches (policy, asset, seq);
CREATE INDEX breaches_seq ON breaches (seq);
CREATE INDEX breaches_open ON breaches (seq) WHERE until = 0;

-- +goose Down
DROP TABLE breaches;
