UNWIND $keys AS k
CALL (k) {
  MATCH (:Asset)-[e:DERIVES {stated: k}]->(:Asset) RETURN e
  UNION ALL
  MATCH (:Asset)-[e:INPUT_TO {stated: k}]->(:Asset) RETURN e
  UNION ALL
  MATCH (:Asset)-[e:OUTPUTS {stated: k}]->(:Asset) RETURN e
}
RETURN k AS owner, e.body AS body
