// The first of what upstream_fields.cypher finds, in the order of graph.SortNeighbours. Ids are
// compared as weir does, letters before digits; intervals of an edge by their beginning.
UNWIND range(0, size($ids) - 1) AS i
WITH i, $ids[i] AS k
MATCH (a:Asset {id: k})-[:HAS_COLUMN]->(c:Column)
MATCH (c)<-[e:COL_FLOWS]-(d:Column)
MATCH (d)<-[:HAS_COLUMN]-(b)
WHERE e.from <= $at AND e.to > $at
OPTIONAL MATCH (j:Asset {key: e.told})
WITH i, k, c, d, e, b, j
ORDER BY i,
  replace(replace(replace(replace(replace(replace(toUpper(b.id), '2', 'a'), '3', 'b'), '4', 'c'), '5', 'd'), '6', 'e'), '7', 'f'),
  d.field, c.field,
  replace(replace(replace(replace(replace(replace(toUpper(coalesce(j.id, '')), '2', 'a'), '3', 'b'), '4', 'c'), '5', 'd'), '6', 'e'), '7', 'f'),
  e.from, e.key
LIMIT $limit
RETURN b.id AS source, k AS target, j.id AS job, e.body AS body
