UNWIND $ids AS k
MATCH (a:Asset {id: k})
RETURN a.id AS id, a.key AS key, coalesce(a.bare, false) AS bare, a.row AS row, coalesce(a.owns, '') AS owns
