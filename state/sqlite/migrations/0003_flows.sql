-- +goose Up
-- flows is what the explicit lineage facet states; reads, writes and derives
-- are the sets that a run's edges follow from.
ALTER TABLE runs ADD COLUMN flows INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN reads INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN writes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN derives INTEGER NOT NULL DEFAULT 0;
UPDATE runs SET reads = inputs, writes = outputs, derives = columns;
-- Declarations are also those of datasets (DatasetEvents): job is the name
-- that states them.
ALTER TABLE declarations ADD COLUMN flows INTEGER NOT NULL DEFAULT -1;

-- +goose Down
ALTER TABLE declarations DROP COLUMN flows;
ALTER TABLE runs DROP COLUMN derives;
ALTER TABLE runs DROP COLUMN writes;
ALTER TABLE runs DROP COLUMN reads;
ALTER TABLE runs DROP COLUMN flows;
