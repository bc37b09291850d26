// What the picture begins with, when the address does not say.
import { useDeferredValue, useState } from 'react'
import { Called } from '../called'
import { Body } from '../pane'
import { useLiveQuery } from '../query'
import { AssetIcon } from '../shape'
import * as t from '../texts/lineage'
import { fullName } from '../words'
import { LATE, STARTS } from './queries'

type Start = { __typename: 'Dataset' | 'Job'; id: string; name: { namespace: string; name: string } }
const KEPT = 8
const place = 'weir.lineage.recent'

/** recent are the assets last looked at in this browser. */
export function recent(): Start[] {
  try {
    return (JSON.parse(localStorage.getItem(place) ?? '[]') as Start[]).filter((s) => typeof s.id === 'string' && typeof s.name?.name === 'string').slice(0, KEPT)
  } catch {
    return []
  }
}

export function remember(s: Start) {
  try {
    localStorage.setItem(place, JSON.stringify([s, ...recent().filter((r) => r.id !== s.id)].slice(0, KEPT)))
  } catch {
    // A browser that keeps nothing forgets this, too.
  }
}

export function Picker({ onPick }: { onPick: (id: string) => void }) {
  const [q, setQ] = useState('')
  const asked = useDeferredValue(q.trim())
  const found = useLiveQuery(STARTS, { q: asked }, { pause: asked.length < 2, keep: true, still: true })
  const late = useLiveQuery(LATE, {}, {})
  const known = recent()
  const list = asked.length < 2 ? [] : (found.data?.assets.nodes ?? [])
  return (
    <section className="picker" aria-labelledby="picker-title">
      <h1 id="picker-title">{t.choose}</h1>
      <p className="lead">{t.chooseLead}</p>
      <input id="search" type="search" autoFocus placeholder={t.search} aria-label={t.search} autoComplete="off" spellCheck={false} maxLength={500} value={q} onChange={(e) => setQ(e.target.value)}
        onKeyDown={(e) => {
          if (e.key === 'Enter' && list[0]) onPick(list[0].id)
          if (e.key === 'ArrowDown') {
            e.preventDefault()
            document.querySelector<HTMLElement>('.starts button')?.focus()
          }
        }} />
      {asked.length >= 2 && <Body answer={found} filtered={list.length === 0 && t.nothingFound}><Starts label={t.search} list={list} onPick={onPick} /></Body>}
      {asked.length < 2 && known.length > 0 && <><h3>{t.recent}</h3><Starts label={t.recent} list={known} onPick={onPick} /></>}
      {asked.length < 2 && (late.data?.late.nodes.length ?? 0) > 0 && <><h3>{t.late}</h3><Starts label={t.late} list={late.data!.late.nodes} onPick={onPick} /></>}
    </section>
  )
}

function Starts({ label, list, onPick }: { label: string; list: Start[]; onPick: (id: string) => void }) {
  return (
    <ul className="starts" aria-label={label} onKeyDown={(e) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[e.key]
      if (!by) return
      e.preventDefault()
      const all = [...e.currentTarget.querySelectorAll('button')]
      all[all.indexOf(document.activeElement as HTMLButtonElement) + by]?.focus()
    }}>
      {list.map((a) => <li key={a.id}><button onClick={() => onPick(a.id)}><AssetIcon job={a.__typename === 'Job'} /><Called name={a.name.name} title={fullName(a.name)} /><bdi className="soft">{a.name.namespace}</bdi></button></li>)}
    </ul>
  )
}
