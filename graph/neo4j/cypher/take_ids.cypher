UNWIND $keys AS k
MATCH (a:Asset {key: k})
REMOVE a.id
