-- +goose Up
-- Actions that people ask for, and who may carry actions to tools.
ALTER TABLE actions ADD COLUMN kind TEXT NOT NULL DEFAULT 'TRIGGER';
ALTER TABLE actions ADD COLUMN parent TEXT NOT NULL DEFAULT '';
ALTER TABLE actions ADD COLUMN dated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE actions ADD COLUMN ask_key TEXT;
CREATE UNIQUE INDEX actions_ask_key ON actions (ask_key) WHERE ask_key IS NOT NULL;
CREATE INDEX actions_parent ON actions (parent, seq) WHERE parent <> '';
CREATE INDEX actions_kind ON actions (kind, seq);

CREATE TABLE lead (
  id     INTEGER PRIMARY KEY CHECK (id = 1),
  term   INTEGER NOT NULL,
  holder TEXT NOT NULL,
  until  INTEGER NOT NULL
);
INSERT INTO lead (id, term, holder, until) VALUES (1, 0, '', 0);

-- +goose Down
DROP TABLE lead;
DROP INDEX actions_kind; DROP INDEX actions_parent; DROP INDEX actions_ask_key;
ALTER TABLE actions DROP COLUMN ask_key;
ALTER TABLE actions DROP COLUMN dated;
ALTER TABLE actions DROP COLUMN parent;
ALTER TABLE actions DROP COLUMN kind;
