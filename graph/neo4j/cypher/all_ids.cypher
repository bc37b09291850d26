MATCH (a:Asset)
WHERE a.bare IS NULL
RETURN a.id AS id
