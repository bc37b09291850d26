UNWIND $rows AS r
MATCH (a:Asset {key: r.asset})
MERGE (c:Column {key: r.key})
ON CREATE SET c.asset = r.asset, c.field = r.field
MERGE (a)-[:HAS_COLUMN]->(c)
