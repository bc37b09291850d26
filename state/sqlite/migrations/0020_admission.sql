-- +goose Up
-- What actions are admitted by. The columns are computed from the bodies, so
-- rows that were written before have them, too.
ALTER TABLE actions ADD COLUMN policy TEXT GENERATED ALWAYS AS (CAST(body AS TEXT) ->> '$.policies[0]') VIRTUAL;
ALTER TABLE actions ADD COLUMN pool TEXT GENERATED ALWAYS AS (CAST(body AS TEXT) ->> '$.admission.pool') VIRTUAL;
ALTER TABLE actions ADD COLUMN root TEXT GENERATED ALWAYS AS (CAST(body AS TEXT) ->> '$.admission.root') VIRTUAL;
ALTER TABLE actions ADD COLUMN parent_run TEXT GENERATED ALWAYS AS (CAST(body AS TEXT) ->> '$.parentRunId') VIRTUAL;
ALTER TABLE actions ADD COLUMN sent_at INTEGER GENERATED ALWAYS AS (CAST(body AS TEXT) ->> '$.admission.sentNano') VIRTUAL;
CREATE INDEX actions_policy_sent ON actions (policy, sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX actions_pool_sent ON actions (pool, sent_at) WHERE pool IS NOT NULL AND sent_at IS NOT NULL;
CREATE INDEX actions_tool_sent ON actions (connector, sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX actions_root ON actions (root) WHERE root IS NOT NULL;
CREATE INDEX actions_parent_run ON actions (parent_run) WHERE parent_run IS NOT NULL;

-- What people should hear of, once by id. Bodies are JSON.
CREATE TABLE alerts (
  seq    INTEGER PRIMARY KEY,
  id     TEXT NOT NULL UNIQUE,
  policy TEXT NOT NULL,
  asset  BLOB NOT NULL,
  body   BLOB NOT NULL
);

ALTER TABLE switches ADD COLUMN scope TEXT NOT NULL DEFAULT 'GLOBAL';
ALTER TABLE switches ADD COLUMN name TEXT NOT NULL DEFAULT '';
CREATE INDEX switches_of ON switches (scope, name, seq);

-- +goose Down
DROP INDEX switches_of;
ALTER TABLE switches DROP COLUMN name;
ALTER TABLE switches DROP COLUMN scope;
DROP TABLE alerts;
DROP INDEX actions_parent_run;
DROP INDEX actions_root;
DROP INDEX actions_tool_sent;
DROP INDEX actions_pool_sent;
DROP INDEX actions_policy_sent;
ALTER TABLE actions DROP COLUMN sent_at;
ALTER TABLE actions DROP COLUMN parent_run;
ALTER TABLE actions DROP COLUMN root;
ALTER TABLE actions DROP COLUMN pool;
ALTER TABLE actions DROP COLUMN policy;
