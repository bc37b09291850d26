MERGE (s:WeirSchema {id: 'graph'})
ON CREATE SET s.version = $version
WITH s, s.version AS found
SET s.version = CASE WHEN found < $version THEN $version ELSE found END
RETURN found
