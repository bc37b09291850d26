UNWIND $keys AS k
MATCH (a:Asset {key: k})<-[e:INPUT_TO|OUTPUTS|DERIVES|CONTAINS|CONTROLS]-(b)
WHERE type(e) IN $types AND e.from <= $at AND e.to > $at AND ($internal OR coalesce(b.internal, false) = false)
RETURN e.body AS body
LIMIT $limit
