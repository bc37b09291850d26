MATCH (a:Asset)
WHERE a.bare IS NULL
RETURN a.key AS key
