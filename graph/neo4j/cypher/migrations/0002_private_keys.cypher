CREATE CONSTRAINT asset_id IF NOT EXISTS FOR (a:Asset) REQUIRE a.id IS UNIQUE;
CREATE INDEX contains_told IF NOT EXISTS FOR ()-[e:CONTAINS]-() ON (e.told);
CREATE INDEX controls_told IF NOT EXISTS FOR ()-[e:CONTROLS]-() ON (e.told)
