-- +goose Up
-- A parked entry is kept until it is replayed or dropped, also when retention has
-- removed the journal's file with it: flags are JSON, body is zstd. No body: it is
-- in the journal alone, or was given up for newer ones.
ALTER TABLE parked ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE parked ADD COLUMN flags BLOB;
ALTER TABLE parked ADD COLUMN body BLOB;

-- +goose Down
ALTER TABLE parked DROP COLUMN body;
ALTER TABLE parked DROP COLUMN flags;
ALTER TABLE parked DROP COLUMN kind;
