UNWIND $rows AS r
MATCH (o:Asset {key: r.owner})-[e:INPUT_TO|OUTPUTS|DERIVES|CONTAINS|CONTROLS]-(x)
WHERE e.key IN r.drop
WITH e, x.key AS other
DELETE e
RETURN DISTINCT other AS asset
