UNWIND $ids AS k
MATCH (a:Asset {id: k})-[:HAS_COLUMN]->(:Column)-[e:COL_FLOWS]->(:Column)<-[:HAS_COLUMN]-(b)
WHERE e.from <= $at AND e.to > $at
OPTIONAL MATCH (j:Asset {key: e.told})
RETURN k AS source, b.id AS target, j.id AS job, e.body AS body
LIMIT $limit
