-- +goose Up
-- What is wrong now, by policy and kind; body is JSON. A row goes when the
-- incident is resolved.
CREATE TABLE incidents (
  policy TEXT NOT NULL,
  kind   TEXT NOT NULL,
  body   BLOB NOT NULL,
  PRIMARY KEY (policy, kind)
) WITHOUT ROWID;

-- The outbox: a row is written with the incident it tells of, in one
-- transaction. n orders the notices of an incident; body is JSON.
CREATE TABLE notices (
  n           INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  incident    TEXT NOT NULL,
  destination TEXT NOT NULL,
  state       TEXT NOT NULL,
  at          INTEGER NOT NULL,
  due         INTEGER NOT NULL,
  attempts    INTEGER NOT NULL DEFAULT 0,
  thread      TEXT NOT NULL DEFAULT '',
  error       TEXT NOT NULL DEFAULT '',
  body        BLOB NOT NULL
);
CREATE INDEX notices_due ON notices (due) WHERE state = 'PENDING';
CREATE INDEX notices_thread ON notices (incident, destination, n);
CREATE INDEX notices_state ON notices (state, n);

-- +goose Down
DROP TABLE notices;
DROP TABLE incidents;
