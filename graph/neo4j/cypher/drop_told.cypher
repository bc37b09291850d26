UNWIND $rows AS r
CALL (r) {
  MATCH (s:Asset)-[e:DERIVES {told: r.owner}]->(t:Asset) RETURN s, e, t
  UNION ALL
  MATCH (s:Asset)-[e:INPUT_TO {told: r.owner}]->(t:Asset) RETURN s, e, t
  UNION ALL
  MATCH (s:Asset)-[e:OUTPUTS {told: r.owner}]->(t:Asset) RETURN s, e, t
  UNION ALL
  MATCH (s:Asset)-[e:CONTAINS {told: r.owner}]->(t:Asset) RETURN s, e, t
  UNION ALL
  MATCH (s:Asset)-[e:CONTROLS {told: r.owner}]->(t:Asset) RETURN s, e, t
}
WITH r, s, e, t WHERE e.key IN r.drop
WITH e, s.key AS source, t.key AS target
DELETE e
WITH DISTINCT source, target
UNWIND [source, target] AS asset
RETURN DISTINCT asset
