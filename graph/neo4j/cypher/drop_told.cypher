UNWIND $rows AS r
CALL (r) {
  MATCH (s:Asset)-[e:DERIVES {told: r.owner}]->(t:Asset) RETURN s, e, t
  UNION ALL
  MATCH (s:Asset)-[e:INPUT_TO {told: r.owner}]->(t:Asset) RETURN s, e, t
  UNION ALL
  MATCH (s:Asset)-[e:OUTPUTS {told: r.owner}]->(t:Asset) RETURN s, e, t
}
WITH r, s, e, t WHERE NOT e.key IN r.keep
WITH e, s.key AS source, t.key AS target
DELETE e
WITH DISTINCT source, target
UNWIND [source, target] AS asset
RETURN DISTINCT asset
