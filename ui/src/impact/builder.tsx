import { useEffect, useRef, useState } from 'react'
import { useLiveQuery } from '../query'
import * as t from '../texts/impact'
import { delays, drafted, kinds, MOST, needsTo, ofColumn, type Change, type Draft, type Kind } from './change'
import { COLUMNS, FIND } from './queries'
import { fullName } from '../words'

/** REST is how long a hand rests before the address has what it typed: a browser takes no change of it for each letter. */
const REST = 250
const keyOf = (d: Draft) => JSON.stringify(drafted(d))

/** useDraft is what stands in the builder; it is kept in the address, and follows one that others write. */
function useDraft(kept: Draft, keep: (d: Draft) => void) {
  const [draft, setDraft] = useState(kept)
  const own = useRef<string[]>([]) // what was written and has not come back
  const key = keyOf(kept)
  const last = useRef(key)
  useEffect(() => {
    const back = own.current.indexOf(key)
    own.current.splice(0, back + 1)
    if (back >= 0 || key === last.current) return
    last.current = key
    own.current = []
    setDraft(kept)
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key says all of kept
  }, [key])
  const write = () => {
    const next = keyOf(draft)
    if (next === last.current) return
    last.current = next
    own.current.push(next)
    keep(draft)
  }
  useEffect(() => {
    const wait = window.setTimeout(write, REST)
    return () => window.clearTimeout(wait)
    // eslint-disable-next-line react-hooks/exhaustive-deps -- keep is made anew with each drawing
  }, [draft])
  return { draft, put: (next: Partial<Draft>) => setDraft((old) => ({ ...old, ...next })), write }
}

/** Builder makes one change: what, of which asset, which column, to what. */
export function Builder({ full, kept, onKeep, onAdd }: { full: boolean; kept: Draft; onKeep: (d: Draft) => void; onAdd: (c: Change) => void }) {
  const { draft: { kind, of: text, column: field, to }, put, write } = useDraft(kept, onKeep)
  const delay = kind === 'DELAY'
  const by = to in delays ? to : 'PT2H'
  const type = kind === 'STOP_JOB' ? 'JOB' : delay ? null : 'DATASET'
  const found = useLiveQuery(FIND, { q: text.slice(text.lastIndexOf('/') + 1) || text, type }, { keep: true, still: true, pause: text.trim() === '' })
  const hits = found.data?.assets.nodes ?? []
  const hit = hits.find((a) => fullName(a.name) === text) ?? (hits.length === 1 && hits[0]!.name.name === text ? hits[0] : undefined)
  const target = hit?.name
  const columns = useLiveQuery(COLUMNS, { namespace: target?.namespace ?? '', name: target?.name ?? '', search: field }, { pause: !target || !ofColumn(kind), still: true, keep: true })
  const fields = target ? (columns.data?.dataset?.fields.nodes ?? []) : []
  const dead = full || !target || (ofColumn(kind) && field === '') || (needsTo(kind) && to === '')
  return (
    <form className="builder" onBlur={write} onSubmit={(e) => {
      e.preventDefault()
      if (!target || dead) return
      if (delay) return onAdd({ kind, namespace: target.namespace, name: target.name, ...(hit?.__typename === 'Job' ? { field: 'job' } : {}), to: by })
      onAdd({ kind, namespace: target.namespace, name: target.name, ...(ofColumn(kind) ? { field } : {}), ...(needsTo(kind) || (kind === 'ADD_FIELD' && to) ? { to } : {}) })
      put({ column: '', to: '' })
    }}>
      <label>{t.kind}<select value={kind} onChange={(e) => put({ kind: e.target.value as Kind, to: '' })}>{kinds.map((k) => <option key={k} value={k}>{t.kinds[k]}</option>)}</select></label>
      <label className="wide">{t.asset}<input list="impact-assets" value={text} placeholder={t.assetPlaceholder} autoComplete="off" spellCheck={false} onChange={(e) => put({ of: e.target.value })} /></label>
      <datalist id="impact-assets">{hits.map((a) => <option key={a.id} value={fullName(a.name)} />)}</datalist>
      {ofColumn(kind) && <label>{t.column}<input list="impact-columns" value={field} autoComplete="off" spellCheck={false} disabled={!target} onChange={(e) => put({ column: e.target.value })} /></label>}
      <datalist id="impact-columns">{fields.map((f) => <option key={f.name} value={f.name}>{f.type}</option>)}</datalist>
      {(needsTo(kind) || kind === 'ADD_FIELD') && <label>{t.to}<input value={to} autoComplete="off" spellCheck={false} onChange={(e) => put({ to: e.target.value })} /></label>}
      {delay && <label>{t.by}<select value={by} onChange={(e) => put({ to: e.target.value })}>{(Object.keys(delays) as (keyof typeof delays)[]).map((d) => <option key={d} value={d}>{t.delays[d]}</option>)}</select></label>}
      <button className="primary" disabled={dead}>{t.add}</button>
      {full && <p className="soft">{t.full(MOST)}</p>}
    </form>
  )
}
