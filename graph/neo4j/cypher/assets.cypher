UNWIND $ids AS k
MATCH (a:Asset {id: k})
WHERE a.bare IS NULL
RETURN a.body AS body
