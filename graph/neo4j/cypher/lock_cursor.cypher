MERGE (c:WeirCursor {id: 'graph'})
ON CREATE SET c.offset = 0, c.epoch = 0
SET c._lock = true
REMOVE c._lock
RETURN c.offset AS offset, coalesce(c.epoch, 0) AS epoch, coalesce(c.history, '') AS history, coalesce(c.projection, 0) AS projection
