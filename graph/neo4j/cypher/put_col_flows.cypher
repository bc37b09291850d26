UNWIND $rows AS r
MATCH (s:Column {key: r.source})
MATCH (t:Column {key: r.target})
MERGE (s)-[e:COL_FLOWS {key: r.key}]->(t)
SET e.owner = r.owner, e.from = r.from, e.to = r.to, e.run = r.run, e.told = r.told, e.body = r.body
