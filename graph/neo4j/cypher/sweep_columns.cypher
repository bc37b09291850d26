UNWIND $keys AS k
MATCH (c:Column {key: k})
WHERE NOT EXISTS { (c)-[:COL_FLOWS]-() }
DETACH DELETE c
