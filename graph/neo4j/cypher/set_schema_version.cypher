MERGE (s:WeirSchema {id: 'graph'})
SET s.version = $version
