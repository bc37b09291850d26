UNWIND $rows AS r
CALL (r) {
  MATCH (s:Asset)-[e:DERIVES {stated: r.owner}]->(t:Asset) RETURN e, s, t
  UNION ALL
  MATCH (s:Asset)-[e:INPUT_TO {stated: r.owner}]->(t:Asset) RETURN e, s, t
  UNION ALL
  MATCH (s:Asset)-[e:OUTPUTS {stated: r.owner}]->(t:Asset) RETURN e, s, t
}
WITH r, e, s, t
WHERE NOT e.key IN r.keep
WITH e, [s.key, t.key] AS ends
DELETE e
WITH ends
UNWIND ends AS asset
RETURN DISTINCT asset
