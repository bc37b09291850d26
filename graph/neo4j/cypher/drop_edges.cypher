UNWIND $rows AS r
MATCH (o:Asset {key: r.owner})-[e:INPUT_TO|OUTPUTS|DERIVES|CONTAINS|CONTROLS]-()
WHERE e.owner = r.owner AND NOT e.key IN r.keep
DELETE e
