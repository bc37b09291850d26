-- +goose Up
-- Keys by which people, services and producers are known. Of a secret only its
-- SHA-256 is kept. A revoked key stays, so that a name in the ledger can be
-- explained, and so that taking the last key away does not open the door.
CREATE TABLE access_keys (
  id TEXT PRIMARY KEY,
  hash BLOB NOT NULL,
  body BLOB NOT NULL,
  used INTEGER NOT NULL DEFAULT 0
) STRICT;

-- +goose Down
DROP TABLE access_keys;
