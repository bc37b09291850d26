UNWIND $rows AS r
CREATE (a:Asset {key: r.key, id: r.id, bare: true})
