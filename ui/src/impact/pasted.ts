// What is pasted, read and found: the changes to look at, and a sentence for
// each thing that is none.
import * as t from '../texts/impact'
import { MOST, type Change } from './change'
import { find, type Strayed } from './find'
import { readLines, type Read, type Wrong } from './lines'
import type { Compared } from './manifests.worker'

export type Pasted = { changes: Change[]; missing: string[] }

/** LARGEST is how much of a manifest is read: a text of a browser has an end, and that of 20,000 models is about as long. */
export const LARGEST = 256e6

const wrongSays = (w: Wrong, by: Read['by']) => `${t.paste.at[by](w.at)}: ${t.paste.faults[w.fault](w.word)}`
const straySays = (s: Strayed) => `${s.at}: ${t.paste.lost[s.lost](s.ref, s.among)}`

export async function ofText(text: string): Promise<Pasted> {
  const { by, asked, wrong } = readLines(text)
  const { changes, strayed } = await find(asked.map((a) => ({ c: a, ref: a.ref, at: t.paste.at[by](a.at) })))
  return { changes, missing: [...wrong.map((w) => wrongSays(w, by)), ...strayed.map(straySays)] }
}

/** compared is what a worker makes of two files. */
function compared(old: File, fresh: File): Promise<Compared> {
  const worker = new Worker(new URL('./manifests.worker.ts', import.meta.url), { type: 'module' })
  return new Promise<Compared>((resolve, reject) => {
    worker.onmessage = (m: MessageEvent<Compared>) => resolve(m.data)
    worker.onerror = (e) => reject(new Error(e.message))
    worker.postMessage({ old, fresh })
  }).finally(() => worker.terminate())
}

/** LOOKED is how many changes of a project are looked for: of what weir has never seen, nobody can ask. */
const LOOKED = 5 * MOST

/** ofManifests is what one manifest changes of the other. */
export async function ofManifests(old: File, fresh: File, namespace: string): Promise<Pasted> {
  for (const f of [old, fresh]) if (f.size > LARGEST) return { changes: [], missing: [t.paste.large(f.name, LARGEST / 1e6)] }
  const d = await compared(old, fresh)
  if ('broken' in d) return { changes: [], missing: [t.paste.broken(d.broken === 'old' ? old.name : fresh.name, d.says)] }
  const taken = d.changes.slice(0, LOOKED)
  const { changes, strayed } = await find(taken.map((c) => ({ c: { kind: c.kind, field: c.column || undefined, to: c.to || undefined }, ref: c.table, at: c.column ? `${c.table}#${c.column}` : c.table, table: { adapter: d.adapter, namespace } })))
  return {
    changes,
    missing: [...d.strange.map((s) => `${s.which === 'old' ? old.name : fresh.name}: ${s.says}`), ...d.blind.map((b) => `${b.table}: ${b.evidence}`), ...strayed.map(straySays), ...(taken.length < d.changes.length ? [t.paste.rest(d.changes.length - taken.length, 'files')] : [])],
  }
}
