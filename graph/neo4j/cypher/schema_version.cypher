OPTIONAL MATCH (s:WeirSchema {id: 'graph'})
RETURN coalesce(s.version, 0) AS version
