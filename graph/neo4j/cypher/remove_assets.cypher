UNWIND $keys AS k
MATCH (a:Asset {key: k})
SET a = {key: k, bare: true}
REMOVE a:Dataset:Job
