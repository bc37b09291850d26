-- +goose Up
-- Who said that something wrong is known and looked after, and who took that
-- back: all words are kept, the newest of a cause counts. body is JSON.
CREATE TABLE acks (
  seq   INTEGER PRIMARY KEY,
  cause TEXT NOT NULL,
  at    INTEGER NOT NULL,
  body  BLOB NOT NULL
);
CREATE INDEX acks_at ON acks (at);

-- +goose Down
DROP TABLE acks;
