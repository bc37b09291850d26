UNWIND $keys AS k
MATCH (o:Asset {key: k})-[e:INPUT_TO|OUTPUTS|DERIVES|CONTAINS|CONTROLS]-()
WHERE e.owner = k
RETURN DISTINCT k AS owner, e.key AS key, e.body AS body
