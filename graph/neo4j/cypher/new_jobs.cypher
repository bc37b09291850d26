UNWIND $rows AS r
CREATE (a:Asset:Job)
SET a = r
