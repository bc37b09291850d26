-- +goose Up
-- Values of run facets, compressed, stored once; runs.body says which run has
-- which. size_only: the facet was too large to keep.
CREATE TABLE facet_values (
  pk        INTEGER PRIMARY KEY,
  hash      BLOB NOT NULL UNIQUE,
  body      BLOB NOT NULL,
  size_only INTEGER NOT NULL DEFAULT 0
);
-- The producer could not read all lineage: what the run leaves out is not gone.
ALTER TABLE runs ADD COLUMN incomplete INTEGER NOT NULL DEFAULT 0;
-- What was written; -1 is unknown.
ALTER TABLE versions ADD COLUMN row_count INTEGER NOT NULL DEFAULT -1;
ALTER TABLE versions ADD COLUMN bytes INTEGER NOT NULL DEFAULT -1;
ALTER TABLE versions ADD COLUMN file_count INTEGER NOT NULL DEFAULT -1;

-- +goose Down
ALTER TABLE versions DROP COLUMN file_count;
ALTER TABLE versions DROP COLUMN bytes;
ALTER TABLE versions DROP COLUMN row_count;
ALTER TABLE runs DROP COLUMN incomplete;
DROP TABLE facet_values;
