-- +goose Up
-- What went on in a window of time: runs by their end (0 while they go on), and
-- decisions by what they concluded, read out of their bodies.
CREATE INDEX runs_ended ON runs (ended);
ALTER TABLE decisions ADD COLUMN outcome TEXT GENERATED ALWAYS AS (json_extract(CAST(body AS TEXT), '$.outcome')) VIRTUAL;
ALTER TABLE decisions ADD COLUMN mode TEXT GENERATED ALWAYS AS (json_extract(CAST(body AS TEXT), '$.mode')) VIRTUAL;
CREATE INDEX decisions_outcome ON decisions (outcome, seq);

-- +goose Down
DROP INDEX decisions_outcome;
ALTER TABLE decisions DROP COLUMN mode;
ALTER TABLE decisions DROP COLUMN outcome;
DROP INDEX runs_ended;
