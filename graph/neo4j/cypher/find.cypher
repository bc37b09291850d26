MATCH (a:Asset)
WHERE a.bare IS NULL
  AND (size($types) = 0 OR a.type IN $types)
  AND ($namespace = '' OR a.namespace = $namespace)
  AND ($owner = '' OR $owner IN a.owners)
  AND ($tag = '' OR $tag IN a.tags)
  AND ($removed OR NOT a.removed)
  AND ($internal OR NOT a.internal)
  AND ($ephemeral OR NOT coalesce(a.ephemeral, false))
  AND ($after = false OR a.namespace > $afterNamespace
    OR (a.namespace = $afterNamespace AND (a.name > $afterName OR (a.name = $afterName AND a.type > $afterType))))
RETURN a.body AS body
ORDER BY a.namespace, a.name, a.type
LIMIT $limit
