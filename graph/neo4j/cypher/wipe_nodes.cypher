MATCH (n:Asset|Column)
WITH n LIMIT $nodes
DETACH DELETE n
RETURN count(*) AS deleted
