UNWIND $keys AS k
MERGE (a:Asset {key: k})
ON CREATE SET a.bare = true
