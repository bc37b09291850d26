UNWIND $rows AS r
MATCH (s:Asset {key: r.source})
MATCH (t:Asset {key: r.target})
MERGE (s)-[e:OUTPUTS {key: r.key}]->(t)
SET e.owner = r.owner, e.stated = r.stated, e.from = r.from, e.to = r.to, e.run = r.run, e.body = r.body
