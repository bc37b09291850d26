// What one manifest.json of a dbt project changes of another, as weir impact
// --diff finds it (connectors/dbt/diff.go; connectors/dbt/testdata/diffs.json is
// what both answer the same). A manifest is tens of megabytes, so that it is read
// where it is, in the browser, and nothing of it is sent. Pure.
type Json = Record<string, unknown>
type Column = { name: string; type: string; from: string }
type Node = { id: string; table: string; isTable: boolean; checksum: string; columns: Map<string, Column> | null }
export type Manifest = { adapter: string; nodes: Map<string, Node>; strange: string | null }
/** Found is one change of a table, which is called as dbt-ol does: database.schema.alias. */
export type Found = { kind: 'DROP_DATASET' | 'RENAME_DATASET' | 'DROP_FIELD' | 'RENAME_FIELD' | 'RETYPE_FIELD'; table: string; column: string; to: string; evidence: string }
/** Blind are the tables of which it cannot be told what happens to them. */
export type Diff = { changes: Found[]; blind: { table: string; evidence: string }[] }
/** NotOne is a file that is no manifest: what it is instead. */
export class NotOne extends Error {}

const [first, last] = [9, 12]
const objects = (v: unknown): v is Json => typeof v === 'object' && v !== null && !Array.isArray(v)
const str = (v: unknown) => (typeof v === 'string' ? v : '')
const part = (v: unknown, key: string) => (objects(v) ? v[key] : undefined)
const sorted = (keys: Iterable<string>) => [...keys].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))

export function readManifest(text: string): Manifest {
  let whole: unknown
  try {
    whole = JSON.parse(text)
  } catch (e) {
    throw new NotOne(`no JSON: ${e instanceof Error ? e.message : ''}`)
  }
  const schema = str(part(part(whole, 'metadata'), 'dbt_schema_version'))
  if (!schema.includes('/manifest/')) throw new NotOne(`its metadata.dbt_schema_version is “${schema}”`)
  const nodes = part(whole, 'nodes') ?? {}
  if (!objects(nodes)) throw new NotOne('its nodes are no object')
  const version = /\/manifest\/v(\d+)\.json$/.exec(schema)?.[1]
  const known = version !== undefined && Number(version) >= first && Number(version) <= last
  return {
    adapter: str(part(part(whole, 'metadata'), 'adapter_type')), nodes: new Map(Object.entries(nodes).map(([key, n]) => [key, node(n)])),
    strange: known ? null : `its schema is ${version ? `v${version}` : schema}, and weir knows v${first} to v${last}: what is called otherwise in it is not seen`,
  }
}

function node(n: unknown): Node {
  const made = ['model', 'seed', 'snapshot'].includes(str(part(n, 'resource_type')))
  return {
    id: str(part(n, 'unique_id')), table: [str(part(n, 'database')), str(part(n, 'schema')), str(part(n, 'identifier')) || str(part(n, 'alias')) || str(part(n, 'name'))].join('.'),
    isTable: made && str(part(part(n, 'config'), 'materialized')) !== 'ephemeral', checksum: str(part(part(n, 'checksum'), 'checksum')), columns: columnsOf(part(n, 'columns')),
  }
}

/** columnsOf are the documented ones, keyed in small letters: warehouses spell columns as they like. */
function columnsOf(all: unknown): Map<string, Column> | null {
  if (!objects(all) || Object.keys(all).length === 0) return null
  const out = new Map<string, Column>()
  for (const key of sorted(Object.keys(all))) {
    const c = all[key]
    const name = str(part(c, 'name'))
    out.set(name.toLowerCase(), { name, type: str(part(c, 'data_type')), from: str(part(part(c, 'meta'), 'renamed_from')) || str(part(part(part(c, 'config'), 'meta'), 'renamed_from')) })
  }
  return out
}

/** compare finds what the new state drops, renames and retypes of the old one. Nothing is guessed: a column is renamed only where the new one says so. */
export function compare(old: Manifest, fresh: Manifest): Diff {
  const out: Diff = { changes: [], blind: [] }
  const made = new Set([...fresh.nodes.values()].filter((n) => n.isTable).map((n) => n.table))
  for (const key of sorted(old.nodes.keys())) {
    const was = old.nodes.get(key)!
    if (was.isTable) compareNode(was, fresh.nodes.get(was.id), made, out)
  }
  return out
}

function compareNode(was: Node, now: Node | undefined, made: Set<string>, out: Diff) {
  const add = (kind: Found['kind'], column: string, to: string, evidence: string) => out.changes.push({ kind, table: was.table, column, to, evidence })
  if (!now?.isTable) {
    if (!made.has(was.table)) add('DROP_DATASET', '', '', `${was.id} is ${now ? 'ephemeral now' : 'gone'}`)
    return
  }
  if (now.table !== was.table) add('RENAME_DATASET', '', now.table, `${was.id} makes another table now`)
  if (was.columns && now.columns) compareColumns(was.columns, now.columns, add)
  else if (was.checksum !== now.checksum) out.blind.push({ table: was.table, evidence: 'its SQL changed, and no columns are known' })
}

function compareColumns(before: Map<string, Column>, after: Map<string, Column>, add: (kind: Found['kind'], column: string, to: string, evidence: string) => void) {
  const { renamed, silent } = renames(before, after)
  const added = silent.length > 0 ? `; new: ${silent.join(', ')}` : ''
  for (const key of sorted(before.keys())) {
    const was = before.get(key)!
    const is = after.get(key)
    const to = renamed.get(key)
    if (!is && to) add('RENAME_FIELD', was.name, to, 'documented columns; meta renamed_from')
    else if (!is) add('DROP_FIELD', was.name, '', `documented columns${added}`)
    else if (was.type && is.type && plain(was.type) !== plain(is.type)) add('RETYPE_FIELD', was.name, is.type, `documented columns; it was ${was.type}`)
  }
}

/** renames are what new columns say of themselves, and the new ones that say nothing. */
function renames(before: Map<string, Column>, after: Map<string, Column>) {
  const renamed = new Map<string, string>()
  const silent: string[] = []
  for (const key of sorted(after.keys()).filter((k) => !before.has(k))) {
    const c = after.get(key)!
    const from = c.from.toLowerCase()
    if (from && !renamed.has(from)) renamed.set(from, c.name)
    else silent.push(c.name)
  }
  return { renamed, silent }
}

const plain = (type: string) => type.toLowerCase().replace(/\s+/g, '')
