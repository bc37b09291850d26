MATCH (c:WeirCursor {id: 'graph'})
SET c.offset = $offset, c.epoch = $epoch, c.history = CASE $history WHEN '' THEN c.history ELSE $history END, c.projection = $projection
