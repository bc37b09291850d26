UNWIND $ids AS k
MATCH (o:Asset {id: k})
WHERE o.owns <> ''
MATCH (o)-[e:INPUT_TO|OUTPUTS|DERIVES|CONTAINS|CONTROLS]-()
WHERE e.owner = o.key AND e.told IS NULL
RETURN DISTINCT k AS owner, startNode(e).id AS source, endNode(e).id AS target, null AS job, e.key AS key, e.body AS body
