UNWIND $rows AS r
MATCH (o:Asset {key: r.owner})-[e:INPUT_TO|OUTPUTS|DERIVES|CONTAINS|CONTROLS]-(x)
WHERE e.owner = r.owner AND NOT e.key IN r.keep
WITH e, x.key AS other
DELETE e
RETURN DISTINCT other AS asset
