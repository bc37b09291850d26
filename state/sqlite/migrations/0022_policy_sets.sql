-- +goose Up
-- Sets of policies that were put in force over the API, with who did it and
-- why; body is JSON with the files. A row is never changed.
CREATE TABLE policy_sets (
  version INTEGER PRIMARY KEY,
  seq     INTEGER NOT NULL,
  body    BLOB NOT NULL
);

-- +goose Down
DROP TABLE policy_sets;
