UNWIND $rows AS r
MATCH (s:Asset {key: r.source})
MATCH (t:Asset {key: r.target})
MERGE (s)-[e:CONTROLS {key: r.key}]->(t)
SET e.owner = r.owner, e.from = r.from, e.to = r.to, e.run = r.run, e.told = r.told, e.body = r.body
