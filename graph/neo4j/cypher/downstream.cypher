UNWIND $keys AS k
MATCH (a:Asset {key: k})-[e:INPUT_TO|OUTPUTS|DERIVES|CONTAINS|CONTROLS]->()
WHERE type(e) IN $types AND e.from <= $at AND e.to > $at
RETURN e.body AS body
LIMIT $limit
