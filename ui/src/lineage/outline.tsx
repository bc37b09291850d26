// The scene as a list, by how far each is from the focus.
import { memo } from 'react'
import { Called } from '../called'
import { AssetIcon, Shape } from '../shape'
import * as t from '../texts/lineage'
import { fullName, status } from '../words'
import type { Drawable, Scene } from './queries'
import { placeOf, stateOf } from './scene'

export const Outline = memo(function Outline({ scene, selected, onSelect }: { scene: Scene | undefined; selected?: string; onSelect: (key: string) => void }) {
  const groups = new Map<number, Drawable[]>()
  for (const d of scene?.drawables ?? []) groups.set(d.focus ? 0 : d.distance, [...(groups.get(d.focus ? 0 : d.distance) ?? []), d])
  return (
    <nav className="outline" aria-label={t.outline} onKeyDown={(e) => {
      const by = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[e.key]
      if (!by) return
      e.preventDefault()
      e.stopPropagation()
      const all = [...e.currentTarget.querySelectorAll('button')]
      all[all.indexOf(document.activeElement as HTMLButtonElement) + by]?.focus()
    }}>
      {[...groups].sort(([a], [b]) => a - b).map(([distance, list]) => (
        <section key={distance}>
          <h3>{placeOf({ ...list[0]!, focus: distance === 0, distance })}</h3>
          <ul>{list.map((d) => <li key={d.key}><Row d={d} selected={d.key === selected} onSelect={onSelect} /></li>)}</ul>
        </section>
      ))}
    </nav>
  )
})

const Row = memo(function Row({ d, selected, onSelect }: { d: Drawable; selected: boolean; onSelect: (key: string) => void }) {
  const code = stateOf(d)
  const s = code ? status(code) : null
  return (
    <button aria-pressed={selected} title={fullName(d.name)} onClick={() => onSelect(d.key)}>
      {d.bundle ? <Shape kind="skip" /> : <AssetIcon job={d.type === 'JOB'} />}
      {d.bundle ? <span>{t.bundle(d.bundle.count)} {t.bundleSide[d.bundle.side]}</span> : <Called name={d.name.name} title={fullName(d.name)} />}
      {s && !d.bundle && <span className={`count ${s.tone}`} title={s.word}><Shape kind={s.shape} /><span className="hide">{s.word}</span></span>}
    </button>
  )
})
