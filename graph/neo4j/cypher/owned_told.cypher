UNWIND $keys AS k
CALL (k) {
  MATCH (s:Asset)-[e:DERIVES {told: k}]->(t:Asset) RETURN s, e, t
  UNION ALL
  MATCH (s:Asset)-[e:INPUT_TO {told: k}]->(t:Asset) RETURN s, e, t
  UNION ALL
  MATCH (s:Asset)-[e:OUTPUTS {told: k}]->(t:Asset) RETURN s, e, t
}
RETURN k AS owner, e.key AS key, e.body AS body
