-- +goose Up
-- A decision may be about one partition of its asset.
ALTER TABLE decisions ADD COLUMN partition TEXT NOT NULL DEFAULT '';
CREATE INDEX decisions_partition ON decisions (policy, partition, seq) WHERE partition <> '';

-- +goose Down
DROP INDEX decisions_partition;
ALTER TABLE decisions DROP COLUMN partition;
