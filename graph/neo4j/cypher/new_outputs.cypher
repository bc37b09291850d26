UNWIND $rows AS r
MATCH (s:Asset {key: r.source})
MATCH (t:Asset {key: r.target})
CREATE (s)-[e:OUTPUTS]->(t)
SET e.key = r.key, e.owner = r.owner, e.from = r.from, e.to = r.to, e.run = r.run, e.told = r.told, e.body = r.body
