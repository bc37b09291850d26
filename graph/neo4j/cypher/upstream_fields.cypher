// Clauses of their own: in one pattern no relationship is used twice, and a column
// that flows into itself has one HAS_COLUMN for both ends.
UNWIND $ids AS k
MATCH (a:Asset {id: k})-[:HAS_COLUMN]->(c:Column)
MATCH (c)<-[e:COL_FLOWS]-(d:Column)
MATCH (d)<-[:HAS_COLUMN]-(b)
WHERE e.from <= $at AND e.to > $at
OPTIONAL MATCH (j:Asset {key: e.told})
RETURN b.id AS source, k AS target, j.id AS job, e.body AS body
LIMIT $limit
