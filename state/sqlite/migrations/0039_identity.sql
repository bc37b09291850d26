-- +goose Up
-- Which history this is: an id made at the first start, which backups keep. What
-- follows the journal elsewhere is told by it.
CREATE TABLE identity (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  id  TEXT NOT NULL
);

-- +goose Down
DROP TABLE identity;
