-- +goose Up
-- Throw-aways are left out of lists unless asked for.
ALTER TABLE assets ADD COLUMN ephemeral INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE assets DROP COLUMN ephemeral;
