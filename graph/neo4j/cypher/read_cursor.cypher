OPTIONAL MATCH (c:WeirCursor {id: 'graph'})
RETURN coalesce(c.offset, 0) AS offset, coalesce(c.epoch, 0) AS epoch, coalesce(c.history, '') AS history, coalesce(c.projection, 0) AS projection
