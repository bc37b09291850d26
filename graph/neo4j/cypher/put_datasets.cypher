UNWIND $rows AS r
MERGE (a:Asset {key: r.key})
SET a = r, a:Dataset
