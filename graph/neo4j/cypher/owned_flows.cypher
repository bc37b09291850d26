UNWIND $keys AS k
MATCH (:Column)-[e:COL_FLOWS {owner: k}]->(:Column)
RETURN k AS owner, e.body AS body
