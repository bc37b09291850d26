import { useState } from 'react'
import { useLiveQuery } from '../query'
import * as t from '../texts/impact'
import { delays, kinds, MOST, needsTo, ofColumn, type Change, type Kind } from './change'
import { COLUMNS, FIND } from './queries'
import { fullName } from '../words'

/** Builder makes one change: what, of which asset, which column, to what. */
export function Builder({ full, onAdd }: { full: boolean; onAdd: (c: Change) => void }) {
  const [kind, setKind] = useState<Kind>('DROP_FIELD')
  const [text, setText] = useState('')
  const [field, setField] = useState('')
  const [to, setTo] = useState('')
  const delay = kind === 'DELAY'
  const type = kind === 'STOP_JOB' ? 'JOB' : delay ? null : 'DATASET'
  const found = useLiveQuery(FIND, { q: text.slice(text.lastIndexOf('/') + 1) || text, type }, { keep: true, still: true, pause: text.trim() === '' })
  const hits = found.data?.assets.nodes ?? []
  const hit = hits.find((a) => fullName(a.name) === text) ?? (hits.length === 1 && hits[0]!.name.name === text ? hits[0] : undefined)
  const target = hit?.name
  const columns = useLiveQuery(COLUMNS, { namespace: target?.namespace ?? '', name: target?.name ?? '', search: field }, { pause: !target || !ofColumn(kind), still: true, keep: true })
  const fields = target ? (columns.data?.dataset?.fields.nodes ?? []) : []
  const dead = full || !target || (ofColumn(kind) && field === '') || (needsTo(kind) && to === '')
  return (
    <form className="builder" onSubmit={(e) => {
      e.preventDefault()
      if (!target || dead) return
      if (delay) return onAdd({ kind, namespace: target.namespace, name: target.name, ...(hit?.__typename === 'Job' ? { field: 'job' } : {}), to: to || 'PT2H' })
      onAdd({ kind, namespace: target.namespace, name: target.name, ...(ofColumn(kind) ? { field } : {}), ...(needsTo(kind) || (kind === 'ADD_FIELD' && to) ? { to } : {}) })
      setField('')
      setTo('')
    }}>
      <label>{t.kind}<select value={kind} onChange={(e) => (setKind(e.target.value as Kind), setTo(''))}>{kinds.map((k) => <option key={k} value={k}>{t.kinds[k]}</option>)}</select></label>
      <label className="wide">{t.asset}<input list="impact-assets" value={text} placeholder={t.assetPlaceholder} autoComplete="off" spellCheck={false} onChange={(e) => setText(e.target.value)} /></label>
      <datalist id="impact-assets">{hits.map((a) => <option key={a.id} value={fullName(a.name)} />)}</datalist>
      {ofColumn(kind) && <label>{t.column}<input list="impact-columns" value={field} autoComplete="off" spellCheck={false} disabled={!target} onChange={(e) => setField(e.target.value)} /></label>}
      <datalist id="impact-columns">{fields.map((f) => <option key={f.name} value={f.name}>{f.type}</option>)}</datalist>
      {(needsTo(kind) || kind === 'ADD_FIELD') && <label>{t.to}<input value={to} autoComplete="off" spellCheck={false} onChange={(e) => setTo(e.target.value)} /></label>}
      {delay && <label>{t.by}<select value={to || 'PT2H'} onChange={(e) => setTo(e.target.value)}>{(Object.keys(delays) as (keyof typeof delays)[]).map((d) => <option key={d} value={d}>{t.delays[d]}</option>)}</select></label>}
      <button className="primary" disabled={dead}>{t.add}</button>
      {full && <p className="soft">{t.full(MOST)}</p>}
    </form>
  )
}
