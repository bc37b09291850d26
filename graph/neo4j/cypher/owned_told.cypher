UNWIND $ids AS k
MATCH (o:Asset {id: k})
WHERE o.owns <> ''
CALL (o) {
  MATCH (s:Asset)-[e:DERIVES {told: o.key}]->(t:Asset) RETURN s, e, t
  UNION ALL
  MATCH (s:Asset)-[e:INPUT_TO {told: o.key}]->(t:Asset) RETURN s, e, t
  UNION ALL
  MATCH (s:Asset)-[e:OUTPUTS {told: o.key}]->(t:Asset) RETURN s, e, t
  UNION ALL
  MATCH (s:Asset)-[e:CONTAINS {told: o.key}]->(t:Asset) RETURN s, e, t
  UNION ALL
  MATCH (s:Asset)-[e:CONTROLS {told: o.key}]->(t:Asset) RETURN s, e, t
}
RETURN k AS owner, s.id AS source, t.id AS target, k AS job, e.key AS key, e.body AS body
