// Types, fields and values of the schema by their names. Pure.
type Named = { name: string; description: string | null }
export type Kept = { name: string | null; description: string | null; fields: Named[] | null; inputFields: Named[] | null; enumValues: Named[] | null }
export type Hit = { type: string; field?: string; description: string | null }

/** find gives types first, then what they hold; "Run.state" is a field of a type. Names that begin with the word come before others. */
export function find(types: readonly Kept[], words: string): Hit[] {
  const word = words.trim().toLowerCase()
  if (word === '') return []
  const [of, part] = word.includes('.') ? [word.slice(0, word.indexOf('.')), word.slice(word.indexOf('.') + 1)] : [null, word]
  const has = (name: string, w: string) => name.toLowerCase().includes(w)
  const own = types.filter((x): x is Kept & { name: string } => x.name !== null && !x.name.startsWith('__'))
  const whole: Hit[] = of === null ? own.filter((x) => has(x.name, word)).map((x) => ({ type: x.name, description: x.description })) : []
  const parts = own.filter((x) => of === null || has(x.name, of)).flatMap((x) => [...(x.fields ?? []), ...(x.inputFields ?? []), ...(x.enumValues ?? [])].filter((f) => has(f.name, part)).map((f): Hit => ({ type: x.name, field: f.name, description: f.description })))
  const first = (h: Hit) => ((h.field ?? h.type).toLowerCase().startsWith(part) ? 0 : 1)
  return [...whole.toSorted((a, b) => first(a) - first(b)), ...parts.toSorted((a, b) => first(a) - first(b))]
}
