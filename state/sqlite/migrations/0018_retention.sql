-- +goose Up
-- Of runs that retention removed: those that edges still follow from, with
-- what the computation of intervals reads of them.
CREATE TABLE past_runs (
  job        INTEGER NOT NULL,
  started    INTEGER NOT NULL,
  run_id     TEXT NOT NULL,
  ended      INTEGER NOT NULL,
  state      TEXT NOT NULL,
  incomplete INTEGER NOT NULL,
  reads      INTEGER NOT NULL,
  writes     INTEGER NOT NULL,
  derives    INTEGER NOT NULL,
  orders     INTEGER NOT NULL,
  PRIMARY KEY (job, started, run_id)
) WITHOUT ROWID;

-- Their sums by the day (UTC) that they started on; body is JSON.
CREATE TABLE run_days (
  job  INTEGER NOT NULL,
  day  INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (job, day)
) WITHOUT ROWID;

CREATE INDEX checks_run ON checks (run) WHERE run <> 0;

-- +goose Down
DROP INDEX checks_run;
DROP TABLE run_days;
DROP TABLE past_runs;
