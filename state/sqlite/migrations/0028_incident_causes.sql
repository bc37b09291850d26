-- +goose Up
-- An incident may be told to the owner of the step that causes it, besides the
-- policy's: caused_by is that owner, '' for the policy's own.
CREATE TABLE incidents_by_cause (
  policy    TEXT NOT NULL,
  kind      TEXT NOT NULL,
  caused_by TEXT NOT NULL DEFAULT '',
  body      BLOB NOT NULL,
  PRIMARY KEY (policy, kind, caused_by)
) WITHOUT ROWID;
INSERT INTO incidents_by_cause (policy, kind, body) SELECT policy, kind, body FROM incidents;
DROP TABLE incidents;
ALTER TABLE incidents_by_cause RENAME TO incidents;

-- +goose Down
DELETE FROM incidents WHERE caused_by <> '';
CREATE TABLE incidents_by_policy (
  policy TEXT NOT NULL,
  kind   TEXT NOT NULL,
  body   BLOB NOT NULL,
  PRIMARY KEY (policy, kind)
) WITHOUT ROWID;
INSERT INTO incidents_by_policy (policy, kind, body) SELECT policy, kind, body FROM incidents;
DROP TABLE incidents;
ALTER TABLE incidents_by_policy RENAME TO incidents;
