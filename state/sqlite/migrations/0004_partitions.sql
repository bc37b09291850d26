-- +goose Up
-- A run may write several partitions of one dataset, each a version.
ALTER TABLE versions RENAME TO whole_versions;
DROP INDEX versions_run;
CREATE TABLE versions (
  dataset      INTEGER NOT NULL,
  produced     INTEGER NOT NULL,
  run          INTEGER NOT NULL,
  attempt      INTEGER NOT NULL,
  partition    TEXT NOT NULL DEFAULT '',
  started      INTEGER NOT NULL,
  data_version TEXT NOT NULL DEFAULT '',
  code_version TEXT NOT NULL DEFAULT '',
  tainted      INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (dataset, produced, run, attempt, partition)
) WITHOUT ROWID;
INSERT INTO versions (dataset, produced, run, attempt, started, data_version, code_version, tainted)
  SELECT dataset, produced, run, attempt, started, data_version, code_version, tainted FROM whole_versions;
DROP TABLE whole_versions;
CREATE INDEX versions_run ON versions (run);

-- +goose Down
ALTER TABLE versions RENAME TO part_versions;
DROP INDEX versions_run;
CREATE TABLE versions (
  dataset      INTEGER NOT NULL,
  produced     INTEGER NOT NULL,
  run          INTEGER NOT NULL,
  attempt      INTEGER NOT NULL,
  started      INTEGER NOT NULL,
  data_version TEXT NOT NULL DEFAULT '',
  code_version TEXT NOT NULL DEFAULT '',
  tainted      INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (dataset, produced, run, attempt)
) WITHOUT ROWID;
INSERT OR IGNORE INTO versions (dataset, produced, run, attempt, started, data_version, code_version, tainted)
  SELECT dataset, produced, run, attempt, started, data_version, code_version, tainted FROM part_versions;
DROP TABLE part_versions;
CREATE INDEX versions_run ON versions (run);
