UNWIND $rows AS r
MATCH (a:Asset {key: r.key})
SET a = {key: r.key, id: r.id, bare: true}
REMOVE a:Dataset:Job
