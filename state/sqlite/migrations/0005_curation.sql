-- +goose Up
-- Which statements mention a name, whatever they say of it. The verb lets a
-- start read only those that names depend on; the actor finds a file's.
ALTER TABLE operators ADD COLUMN verb TEXT NOT NULL DEFAULT '';
ALTER TABLE operators ADD COLUMN actor TEXT NOT NULL DEFAULT '';
CREATE INDEX operators_actor ON operators (actor);
CREATE TABLE curations (
  name     INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (name, position)
) WITHOUT ROWID;

UPDATE operators SET verb = json_extract(CAST(body AS TEXT), '$.verb'), actor = coalesce(json_extract(CAST(body AS TEXT), '$.actor'), '');
INSERT OR IGNORE INTO curations (name, position)
  SELECT n.pk, o.position FROM operators o, json_each(CAST(o.body AS TEXT), '$.names') j
  JOIN names n ON n.type = json_extract(j.value, '$.type') AND n.namespace = json_extract(j.value, '$.namespace') AND n.name = json_extract(j.value, '$.name');
INSERT OR IGNORE INTO curations (name, position)
  SELECT n.pk, o.position FROM operators o, json_each(CAST(o.body AS TEXT), '$.rest') j
  JOIN names n ON n.type = json_extract(j.value, '$.type') AND n.namespace = json_extract(j.value, '$.namespace') AND n.name = json_extract(j.value, '$.name');

-- +goose Down
DROP TABLE curations;
DROP INDEX operators_actor;
ALTER TABLE operators DROP COLUMN actor;
ALTER TABLE operators DROP COLUMN verb;
