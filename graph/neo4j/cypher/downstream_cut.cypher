// The first of what downstream.cypher finds, in the order of graph.SortNeighbours. Ids are
// compared as weir does, letters before digits; intervals of an edge by their beginning.
UNWIND range(0, size($ids) - 1) AS i
WITH i, $ids[i] AS k
MATCH (a:Asset {id: k})-[e:INPUT_TO|OUTPUTS|DERIVES|CONTAINS|CONTROLS]->(b)
WHERE type(e) IN $types AND e.from <= $at AND e.to > $at AND ($internal OR coalesce(b.internal, false) = false)
OPTIONAL MATCH (j:Asset {key: e.told})
WITH i, k, e, b, j
ORDER BY i, CASE type(e) WHEN 'CONTAINS' THEN 0 WHEN 'CONTROLS' THEN 1 WHEN 'DERIVES' THEN 2 WHEN 'INPUT_TO' THEN 3 ELSE 4 END,
  replace(replace(replace(replace(replace(replace(toUpper(b.id), '2', 'a'), '3', 'b'), '4', 'c'), '5', 'd'), '6', 'e'), '7', 'f'),
  replace(replace(replace(replace(replace(replace(toUpper(coalesce(j.id, '')), '2', 'a'), '3', 'b'), '4', 'c'), '5', 'd'), '6', 'e'), '7', 'f'),
  e.from, e.key
LIMIT $limit
RETURN k AS source, b.id AS target, j.id AS job, e.body AS body
