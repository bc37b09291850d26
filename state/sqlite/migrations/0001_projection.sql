-- +goose Up
-- Times are nanoseconds since 1970 UTC. Names have a private integer key; the
-- 128-bit name id is a hash of (type, namespace, name).
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE names (
  pk         INTEGER PRIMARY KEY,
  type       INTEGER NOT NULL,
  namespace  TEXT NOT NULL,
  name       TEXT NOT NULL,
  first_seen INTEGER NOT NULL,
  observed   INTEGER NOT NULL DEFAULT 0,
  last_seen  INTEGER NOT NULL DEFAULT 0
);

-- Why two names may be one asset; b is what a points to.
CREATE TABLE evidence (
  a      INTEGER NOT NULL,
  b      INTEGER NOT NULL,
  origin TEXT NOT NULL,
  detail TEXT NOT NULL,
  since  INTEGER NOT NULL,
  PRIMARY KEY (a, b, origin, detail)
) WITHOUT ROWID;

CREATE TABLE operators (
  position INTEGER PRIMARY KEY,
  body     BLOB NOT NULL
);

-- The latest facet per name and key; stamps holds the time of each key, so
-- that a repeated facet costs one row a name and not one a facet.
CREATE TABLE props (
  name    INTEGER NOT NULL,
  key     TEXT NOT NULL,
  raw     BLOB,
  value   BLOB,
  deleted INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (name, key)
) WITHOUT ROWID;
CREATE TABLE stamps (
  name INTEGER PRIMARY KEY,
  body BLOB NOT NULL
);

-- Sets of names or column edges, stored once by hash.
CREATE TABLE sets (
  pk   INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  body BLOB NOT NULL
);

CREATE TABLE runs (
  pk          INTEGER PRIMARY KEY,
  job         INTEGER NOT NULL,
  run_id      TEXT NOT NULL,
  state       TEXT NOT NULL,
  attempt     INTEGER NOT NULL,
  started     INTEGER NOT NULL,
  start_known INTEGER NOT NULL,
  ended       INTEGER NOT NULL DEFAULT 0,
  last_event  INTEGER NOT NULL,
  parent_run  TEXT NOT NULL DEFAULT '',
  root_run    TEXT NOT NULL DEFAULT '',
  external_id TEXT NOT NULL DEFAULT '',
  events      BLOB NOT NULL,
  inputs      INTEGER NOT NULL DEFAULT 0,
  outputs     INTEGER NOT NULL DEFAULT 0,
  columns     INTEGER NOT NULL DEFAULT 0,
  orders      INTEGER NOT NULL DEFAULT 0,
  body        BLOB NOT NULL,
  UNIQUE (job, run_id)
);
CREATE INDEX runs_job_started ON runs (job, started);
CREATE INDEX runs_started ON runs (started);
CREATE INDEX runs_run_id ON runs (run_id);
CREATE INDEX runs_parent ON runs (parent_run) WHERE parent_run <> '';
CREATE INDEX runs_root ON runs (root_run) WHERE root_run <> '';
CREATE INDEX runs_external ON runs (external_id) WHERE external_id <> '';

-- Declared lineage: what each JobEvent said, in the order of its time.
CREATE TABLE declarations (
  job     INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  inputs  INTEGER NOT NULL DEFAULT -1,
  outputs INTEGER NOT NULL DEFAULT -1,
  columns INTEGER NOT NULL DEFAULT -1,
  orders  INTEGER NOT NULL DEFAULT -1,
  PRIMARY KEY (job, at)
) WITHOUT ROWID;

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
CREATE INDEX versions_run ON versions (run);

CREATE TABLE checks (
  dataset  INTEGER NOT NULL,
  run      INTEGER NOT NULL,
  name     TEXT NOT NULL,
  field    TEXT NOT NULL,
  at       INTEGER NOT NULL,
  outcome  TEXT NOT NULL,
  severity TEXT NOT NULL,
  message  TEXT NOT NULL,
  PRIMARY KEY (dataset, run, name, field)
) WITHOUT ROWID;
CREATE INDEX checks_at ON checks (dataset, at);

CREATE TABLE looks (
  dataset   INTEGER NOT NULL,
  data_time INTEGER NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (dataset, data_time, at)
) WITHOUT ROWID;

-- Validity intervals of one relation of one job name (inputs, outputs, column
-- edges, orders), complete.
CREATE TABLE relations (
  job    INTEGER NOT NULL,
  kind   INTEGER NOT NULL,
  origin INTEGER NOT NULL,
  body   BLOB NOT NULL,
  PRIMARY KEY (job, kind, origin)
) WITHOUT ROWID;
-- Which job names mention a name in a relation: who must be told of a merge.
CREATE TABLE mentions (
  name INTEGER NOT NULL,
  job  INTEGER NOT NULL,
  PRIMARY KEY (name, job)
) WITHOUT ROWID;

-- Asset keys whose final row changed, with the position that changed them.
CREATE TABLE dirty (
  asset    BLOB PRIMARY KEY,
  position INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX evidence_b ON evidence (b);
CREATE INDEX dirty_position ON dirty (position);

-- Entries that made no facts, with the reason.
CREATE TABLE parked (
  position INTEGER PRIMARY KEY,
  code     TEXT NOT NULL,
  reason   TEXT NOT NULL,
  version  TEXT NOT NULL
);

-- +goose Down
DROP TABLE parked; DROP TABLE dirty; DROP TABLE mentions; DROP TABLE relations; DROP TABLE looks;
DROP TABLE checks; DROP TABLE versions; DROP TABLE declarations; DROP TABLE runs; DROP TABLE sets;
DROP TABLE stamps; DROP TABLE props; DROP TABLE operators; DROP TABLE evidence; DROP TABLE names; DROP TABLE meta;
