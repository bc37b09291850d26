// The line above the picture: how far it goes, what it draws, what it leaves out.
import { useRef, useState, type FormEvent } from 'react'
import * as t from '../texts/lineage'
import { bands, filtered, kinds, type LineageSearch } from './search'

const far = [0, 1, 2, 3, 5, 8, 12, 20, 50]

export function Bar({ search, set }: { search: LineageSearch; set: (s: Partial<LineageSearch>) => void }) {
  const fresh = { x: undefined, sel: undefined, show: undefined } as const
  const hops = (value: number, label: string, text: string, pick: (n: number) => void) => (
    <label>{text} <select aria-label={label} value={value} onChange={(e) => pick(Number(e.target.value))}>{[...new Set([...far, value])].sort((a, b) => a - b).map((n) => <option key={n}>{n}</option>)}</select></label>
  )
  return (
    <div className="bar">
      {!search.to && hops(search.up ?? 1, t.hopsUp, t.up, (n) => set({ up: n, ...fresh }))}
      {!search.to && hops(search.down ?? 1, t.hopsDown, t.down, (n) => set({ down: n, ...fresh }))}
      <label>{t.band} <select value={search.band ?? 'ASSET'} onChange={(e) => set({ band: e.target.value as never, col: undefined, lock: undefined, ...(e.target.value === 'COLUMN' ? { to: undefined, way: undefined } : {}), ...fresh })}>{bands.map((b) => <option key={b} value={b}>{t.bands[b]}</option>)}</select></label>
      {search.band !== 'COLUMN' && <label title={t.wholeWhy}><input type="checkbox" checked={search.whole ?? false} onChange={(e) => set({ whole: e.target.checked || undefined })} /> {t.whole}</label>}
      {search.band !== 'COLUMN' && <Filter search={search} set={set} />}
      {search.x && <button className="quiet" onClick={() => set(fresh)}>{t.collapse}</button>}
    </div>
  )
}

function Filter({ search, set }: { search: LineageSearch; set: (s: Partial<LineageSearch>) => void }) {
  const menu = useRef<HTMLDetailsElement>(null)
  const now = { tag: search.tag, owner: search.owner, tool: search.tool, ns: search.ns, kind: search.kind }
  const [draft, setDraft] = useState<Partial<LineageSearch>>(now)
  const close = () => {
    menu.current?.removeAttribute('open')
    menu.current?.querySelector('summary')?.focus()
  }
  const take = (e: FormEvent) => {
    e.preventDefault()
    set({ tag: draft.tag || undefined, owner: draft.owner || undefined, tool: draft.tool || undefined, ns: draft.ns || undefined, kind: draft.kind || undefined })
    close()
  }
  const none = { tag: undefined, owner: undefined, tool: undefined, ns: undefined, kind: undefined }
  return (
    <details className="menu" ref={menu} onToggle={() => setDraft(now)} onKeyDown={(e) => e.key === 'Escape' && (e.stopPropagation(), close())}>
      <summary>{filtered(search) ? t.filterOn : t.filter}</summary>
      <form className="sheet left" onSubmit={take}>
        <p className="soft">{t.filterWhy}</p>
        {(['tag', 'owner', 'tool', 'ns'] as const).map((k) => <label key={k}>{t.filters[k]} <input value={draft[k] ?? ''} maxLength={500} onChange={(e) => setDraft({ ...draft, [k]: e.target.value })} /></label>)}
        <label>{t.filters.kind} <select value={draft.kind ?? ''} onChange={(e) => setDraft({ ...draft, kind: (e.target.value || undefined) as never })}><option value="">{t.any}</option>{kinds.map((k) => <option key={k} value={k}>{k.toLowerCase().replace('_', ' ')}</option>)}</select></label>
        <div className="buttons"><button className="primary">{t.apply}</button><button type="button" onClick={() => (set(none), close())}>{t.clear}</button></div>
      </form>
    </details>
  )
}
