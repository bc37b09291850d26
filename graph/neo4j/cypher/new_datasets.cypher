UNWIND $rows AS r
CREATE (a:Asset:Dataset)
SET a = r
