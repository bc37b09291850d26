-- +goose Up
-- What the code that wrote a version means, comments and layout aside. Versions
-- of events that came before have none: it is not known of them.
ALTER TABLE versions ADD COLUMN code_hash TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE versions DROP COLUMN code_hash;
