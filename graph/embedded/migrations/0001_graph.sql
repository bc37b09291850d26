-- +goose Up
CREATE TABLE IF NOT EXISTS meta (
  key   TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;

-- body is the canonical row as JSON; the columns are for finding it.
CREATE TABLE IF NOT EXISTS assets (
  pk        INTEGER PRIMARY KEY,
  key       BLOB NOT NULL UNIQUE,
  type      INTEGER NOT NULL,
  namespace TEXT NOT NULL,
  name      TEXT NOT NULL,
  internal  INTEGER NOT NULL,
  removed   INTEGER NOT NULL,
  owners    TEXT NOT NULL, -- one a line, between newlines
  tags      TEXT NOT NULL,
  body      BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS assets_name ON assets (namespace, name, type);

-- Times are nanoseconds since 1970 UTC; an open edge ends at the greatest.
CREATE TABLE IF NOT EXISTS edges (
  owner   BLOB NOT NULL,
  type    TEXT NOT NULL,
  source  BLOB NOT NULL,
  target  BLOB NOT NULL,
  sfield  TEXT NOT NULL,
  tfield  TEXT NOT NULL,
  job     BLOB NOT NULL,
  ordinal INTEGER NOT NULL,
  vfrom   INTEGER NOT NULL,
  vto     INTEGER NOT NULL,
  body    BLOB NOT NULL,
  PRIMARY KEY (owner, type, source, target, sfield, tfield, job, ordinal)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS edges_source ON edges (source, vto);
CREATE INDEX IF NOT EXISTS edges_target ON edges (target, vto);

CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5 (text, content = '', contentless_delete = 1, tokenize = 'trigram');
