UNWIND $rows AS r
MATCH (s:Column {key: r.source})
MATCH (t:Column {key: r.target})
CREATE (s)-[e:COL_FLOWS]->(t)
SET e.key = r.key, e.owner = r.owner, e.from = r.from, e.to = r.to, e.run = r.run, e.told = r.told, e.body = r.body
