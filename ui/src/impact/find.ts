// Asks weir which assets pasted changes mean.
import type { AnyVariables, TypedDocumentNode } from 'urql'
import { client } from '../api'
import type { Change } from './change'
import { among, changeOf, splits, tableOf, type Candidate, type Lost } from './found'
import type { Asked } from './lines'
import { MEANT, NAMED, TABLE } from './queries'

/** Sought is a change whose asset is looked for, and where it stands; a table is called as dbt does. */
export type Sought = { c: Pick<Asked, 'kind' | 'field' | 'to'>; ref: string; at: string; table?: { adapter: string; namespace: string } }
/** Strayed is what was sought and is nothing that weir can be asked about. */
export type Strayed = Lost & { ref: string; at: string }

const AT_ONCE = 6

async function ask<D, V extends AnyVariables>(query: TypedDocumentNode<D, V>, variables: V): Promise<D> {
  const r = await client.query(query, variables).toPromise()
  if (r.error) throw r.error
  return r.data!
}

async function meant(s: Sought): Promise<Candidate | Lost> {
  if (s.table) {
    const { assets } = await ask(TABLE, { q: s.ref })
    return tableOf(assets.nodes, s.ref, s.table.adapter, s.table.namespace, assets.pageInfo.hasNextPage)
  }
  const typed = /^(dataset|job):(.*)$/s.exec(s.ref)
  if (!typed) return among((await ask(MEANT, { q: s.ref })).assets.nodes, s.ref)
  for (const n of splits(typed[2]!)) {
    const found = await ask(NAMED, n)
    const a = typed[1] === 'job' ? found.job : found.dataset
    if (a) return a
  }
  return { lost: 'unknown', among: [] }
}

/** find gives the changes that weir can be asked about, in their order, and what it cannot. Each asset is looked for once. */
export async function find(all: Sought[]): Promise<{ changes: Change[]; strayed: Strayed[] }> {
  const refs = [...new Map(all.map((s) => [s.ref, s])).values()]
  const known = new Map<string, Candidate | Lost>()
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let s = refs.shift(); s; s = refs.shift()) known.set(s.ref, await meant(s))
  }))
  const changes: Change[] = []
  const strayed: Strayed[] = []
  for (const s of all) {
    const a = known.get(s.ref)!
    const c = 'lost' in a ? a : changeOf(s.c, a)
    if ('lost' in c) strayed.push({ ...c, ref: s.ref, at: s.at })
    else changes.push(c)
  }
  return { changes, strayed }
}
