MATCH (n:Asset|Column)
WITH n LIMIT $nodes
MATCH (n)-[e]-()
WITH DISTINCT e LIMIT $limit
DELETE e
RETURN count(*) AS deleted
