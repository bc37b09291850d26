// Which assets are meant by what is pasted: a name as a person writes it for the
// command, or a table as dbt names it. Pure; find.ts asks.
import { fullName } from '../words'
import type { Change } from './change'
import type { Asked } from './lines'

export type Candidate = { __typename: 'Dataset' | 'Job'; id: string; name: { namespace: string; name: string }; names?: { namespace: string; name: string }[] }
/** Lost is why no asset is meant, and by which names it could be. */
export type Lost = { lost: 'unknown' | 'several' | 'namespaces' | 'many' | 'job' | 'dataset'; among: string[] }

/** splits are the ways to take a full name apart, where a namespace may hold slashes. */
export function splits(full: string): { namespace: string; name: string }[] {
  const out = []
  for (let i = full.indexOf('/'); i >= 0; i = full.indexOf('/', i + 1)) {
    const [namespace, name] = [full.slice(0, i), full.slice(i + 1)]
    if (namespace && name && !/[:/]$/.test(namespace) && !name.startsWith('/')) out.push({ namespace, name })
  }
  return out
}

const text = (a: Candidate) => `${a.__typename.toLowerCase()}:${fullName(a.name)}`

/** among picks whose name is the very text, else the only one that holds it. */
export function among(list: Candidate[], said: string): Candidate | Lost {
  const held = list.filter((a) => text(a).toLowerCase().includes(said.toLowerCase()))
  const exact = held.filter((a) => a.name.name === said)
  if (exact.length === 1) return exact[0]!
  if (held.length === 1) return held[0]!
  return held.length === 0 ? { lost: 'unknown', among: [] } : { lost: 'several', among: held.slice(0, 5).map(text) }
}

/** schemes are the namespaces of dbt's adapters, as the command knows them (cmd/weir/testdata/schemes.json). */
export const schemes: Record<string, string> = { postgres: 'postgres', redshift: 'redshift', snowflake: 'snowflake', bigquery: 'bigquery', duckdb: 'duckdb', databricks: 'databricks', trino: 'trino', athena: 'awsathena', sqlserver: 'mssql' }

/** tableOf picks the dataset that dbt calls by a name; of several namespaces one has to be said. */
export function tableOf(list: Candidate[], table: string, adapter: string, namespace: string, more: boolean): Candidate | Lost {
  const scheme = schemes[adapter]
  const found = new Map<string, Candidate>()
  for (const a of list) {
    for (const n of a.names ?? []) {
      if (n.name.toLowerCase() === table.toLowerCase() && (namespace ? n.namespace === namespace : !scheme || n.namespace.split(':')[0] === scheme)) found.set(n.namespace, a)
    }
  }
  const distinct = new Set([...found.values()].map((a) => a.id))
  if (distinct.size === 1) return [...found.values()][0]!
  if (distinct.size > 1) return { lost: 'namespaces', among: [...found.keys()].sort() }
  return { lost: more ? 'many' : 'unknown', among: [] }
}

/** changeOf is the change of an asset, or that it is none of its type. */
export function changeOf(c: Pick<Asked, 'kind' | 'field' | 'to'>, a: Candidate): Change | Lost {
  const job = a.__typename === 'Job'
  if (c.kind === 'STOP_JOB' && !job) return { lost: 'dataset', among: [text(a)] }
  if (job && c.kind !== 'STOP_JOB' && c.kind !== 'DELAY') return { lost: 'job', among: [text(a)] }
  const field = c.kind === 'DELAY' && job ? 'job' : c.field
  return { kind: c.kind, ...a.name, ...(field ? { field } : {}), ...(c.to ? { to: c.to } : {}) }
}
