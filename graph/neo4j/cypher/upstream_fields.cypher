UNWIND $keys AS k
MATCH (a:Asset {key: k})-[:HAS_COLUMN]->(:Column)<-[e:COL_FLOWS]-()
WHERE e.from <= $at AND e.to > $at
RETURN e.body AS body
LIMIT $limit
