-- +goose Up
-- What weir decided and did. Bodies are JSON; the columns are for finding.
CREATE TABLE ledger_seq (
  id  INTEGER PRIMARY KEY CHECK (id = 1),
  seq INTEGER NOT NULL
);
INSERT INTO ledger_seq (id, seq) VALUES (1, 0);

CREATE TABLE decisions (
  seq    INTEGER PRIMARY KEY,
  id     TEXT NOT NULL UNIQUE,
  policy TEXT NOT NULL,
  asset  BLOB NOT NULL,
  at     INTEGER NOT NULL,
  gate   INTEGER NOT NULL,
  body   BLOB NOT NULL
);
CREATE INDEX decisions_asset ON decisions (asset, seq);
CREATE INDEX decisions_policy ON decisions (policy, seq);

CREATE TABLE actions (
  id        TEXT PRIMARY KEY,
  seq       INTEGER NOT NULL,
  state     TEXT NOT NULL,
  closed    INTEGER NOT NULL,
  asset     BLOB NOT NULL,
  connector TEXT NOT NULL,
  tool_job  TEXT NOT NULL,
  body      BLOB NOT NULL
);
CREATE INDEX actions_open ON actions (closed, connector, tool_job);
CREATE INDEX actions_asset ON actions (asset, seq);
CREATE INDEX actions_seq ON actions (seq);

CREATE TABLE gate_answers (
  job      BLOB NOT NULL,
  key      TEXT NOT NULL,
  run_ref  TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  final    INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER NOT NULL DEFAULT 0,
  body     BLOB,
  PRIMARY KEY (job, key, run_ref)
) WITHOUT ROWID;
CREATE INDEX gate_answers_asked ON gate_answers (asked_at);

CREATE TABLE switches (
  seq    INTEGER PRIMARY KEY,
  at     INTEGER NOT NULL,
  on_    INTEGER NOT NULL,
  actor  TEXT NOT NULL,
  reason TEXT NOT NULL
);

CREATE TABLE cursors (
  connector TEXT PRIMARY KEY,
  cursor    TEXT NOT NULL
) WITHOUT ROWID;

-- +goose Down
DROP TABLE cursors; DROP TABLE switches; DROP TABLE gate_answers; DROP TABLE actions; DROP TABLE decisions; DROP TABLE ledger_seq;
