UNWIND $ids AS k
MATCH (a:Asset {id: k})-[e:INPUT_TO|OUTPUTS|DERIVES|CONTAINS|CONTROLS]->(b)
WHERE type(e) IN $types AND e.from <= $at AND e.to > $at AND ($internal OR coalesce(b.internal, false) = false)
OPTIONAL MATCH (j:Asset {key: e.told})
RETURN k AS source, b.id AS target, j.id AS job, e.body AS body
LIMIT $limit
