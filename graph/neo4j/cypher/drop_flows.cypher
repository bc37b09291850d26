UNWIND $rows AS r
MATCH ()-[e:COL_FLOWS {owner: r.owner}]->()
WHERE NOT e.key IN r.keep
DELETE e
