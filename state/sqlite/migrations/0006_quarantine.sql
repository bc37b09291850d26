-- +goose Up
-- What readers of the quarantine see of a parked entry: times are nanoseconds,
-- names are JSON.
ALTER TABLE parked ADD COLUMN received_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE parked ADD COLUMN place TEXT NOT NULL DEFAULT '';
ALTER TABLE parked ADD COLUMN producer TEXT NOT NULL DEFAULT '';
ALTER TABLE parked ADD COLUMN job BLOB;
ALTER TABLE parked ADD COLUMN datasets BLOB;
ALTER TABLE parked ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE parked DROP COLUMN bytes;
ALTER TABLE parked DROP COLUMN datasets;
ALTER TABLE parked DROP COLUMN job;
ALTER TABLE parked DROP COLUMN producer;
ALTER TABLE parked DROP COLUMN place;
ALTER TABLE parked DROP COLUMN received_at;
