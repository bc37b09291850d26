UNWIND $keys AS k
MATCH (a:Asset {key: k})
CALL (a) {
  MATCH (a)-[e:INPUT_TO|OUTPUTS|DERIVES|CONTAINS|CONTROLS]-() RETURN e.owner AS owner
  UNION
  MATCH (a)-[:HAS_COLUMN]->(:Column)-[e:COL_FLOWS]-() RETURN e.owner AS owner
}
RETURN DISTINCT owner
