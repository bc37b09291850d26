OPTIONAL MATCH (c:WeirCursor {id: 'graph'})
RETURN coalesce(c.offset, 0) AS offset
