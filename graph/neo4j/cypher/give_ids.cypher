UNWIND $rows AS r
MATCH (a:Asset {key: r.key})
SET a.id = r.id
