UNWIND $rows AS r
MATCH (s:Column)-[e:COL_FLOWS {owner: r.owner}]->(t:Column)
WHERE e.key IN r.drop
WITH e, s, t
DELETE e
WITH DISTINCT s, t
UNWIND [s, t] AS c
RETURN DISTINCT c.key AS column, c.asset AS asset
