UNWIND $keys AS k
MATCH (a:Asset {key: k})
RETURN k AS key, COUNT { (a)--() } AS degree
