MATCH (a:Asset)
WHERE a.bare IS NULL
RETURN a.body AS body
