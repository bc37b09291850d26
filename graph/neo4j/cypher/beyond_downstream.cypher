UNWIND $ids AS k
MATCH (a:Asset {id: k})-[e:INPUT_TO|OUTPUTS|DERIVES|CONTAINS|CONTROLS]->(b)
WHERE type(e) IN $types AND e.from <= $at AND e.to > $at AND ($internal OR coalesce(b.internal, false) = false) AND NOT b.id IN $taken
RETURN k AS id, count(DISTINCT b) AS beyond
