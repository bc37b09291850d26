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

-- What happened to datasets: dropped, renamed from a previous name, made. run
-- is 0 for what a DatasetEvent says.
CREATE TABLE changes (
  dataset  INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  run      INTEGER NOT NULL,
  change   TEXT NOT NULL,
  previous INTEGER NOT NULL,
  PRIMARY KEY (dataset, at, run, change, previous)
) WITHOUT ROWID;
CREATE INDEX changes_previous ON changes (previous) WHERE previous <> 0;
CREATE INDEX changes_run ON changes (run) WHERE run <> 0;

-- +goose Down
DROP TABLE changes;
ALTER TABLE declarations DROP COLUMN flows;
ALTER TABLE runs DROP COLUMN derives;
ALTER TABLE runs DROP COLUMN writes;
ALTER TABLE runs DROP COLUMN reads;
ALTER TABLE runs DROP COLUMN flows;
