UNWIND $keys AS k
MATCH (a:Asset {key: k})
WHERE a.bare IS NULL
RETURN a.body AS body
