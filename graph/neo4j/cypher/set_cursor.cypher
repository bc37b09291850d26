MATCH (c:WeirCursor {id: 'graph'})
SET c.offset = $offset, c.epoch = $epoch
