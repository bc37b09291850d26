UNWIND $ids AS k
MATCH (o:Asset {id: k})
WHERE o.owns <> ''
MATCH (s:Column)-[e:COL_FLOWS {owner: o.key}]->(t:Column)
MATCH (a:Asset {key: s.asset})
MATCH (b:Asset {key: t.asset})
RETURN k AS owner, a.id AS source, b.id AS target, CASE WHEN e.told IS NULL THEN null ELSE k END AS job, e.key AS key, e.body AS body
