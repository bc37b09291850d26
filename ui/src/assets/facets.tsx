import { Skeleton } from '../pane'
import { Shape } from '../shape'
import { grouped } from '../texts/count'
import * as t from '../texts/assets'
import { status } from '../words'
import type { Breakdown } from './queries'
import { properties, type AssetsSearch } from './search'

const SHOWN = 6
type Property = (typeof properties)[number][1]

/** wordOf is a value of a property as people read it. */
export function wordOf(property: Breakdown['property'], value: string): string {
  if (property === 'STATE' || property === 'LAST_RUN') return status(value).word
  if (property === 'MODE' || property === 'KIND') return value.toLowerCase().replaceAll('_', ' ')
  return property === 'TYPE' ? (t.values[value] ?? value) : value
}

/** Facets are what a list can be narrowed by, with how many each choice has. */
export function Facets({ by, search, onPick, onMore }: { by: Breakdown[] | undefined; search: AssetsSearch; onPick: (p: Property, value: string | undefined) => void; onMore: (more: string[] | undefined) => void }) {
  if (!by) return <nav className="facets" aria-label={t.narrow}><Skeleton rows={8} /></nav>
  const all = search.more ?? []
  const unfold = (key: string) => onMore(all.includes(key) ? all.filter((x) => x !== key) : [...all, key])
  return (
    <nav className="facets" aria-label={t.narrow}>
      {properties.map(([property, key]) => {
        const b = by.find((x) => x.property === property)
        const chosen = search[key]
        return b && b.values.length > 0 && (b.values.length > 1 || chosen || property === 'LAST_RUN') && <Facet key={key} b={b} chosen={chosen} all={all.includes(key)} onAll={() => unfold(key)} onPick={(v) => onPick(key, v === chosen ? undefined : v)} />
      })}
    </nav>
  )
}

function Facet({ b, chosen, all, onPick, onAll }: { b: Breakdown; chosen: string | undefined; all: boolean; onPick: (v: string) => void; onAll: () => void }) {
  const values = all ? b.values : b.values.slice(0, SHOWN)
  const hidden = b.values.length - values.length + b.more
  return (
    <section>
      <h3>{t.properties[b.property]}</h3>
      <ul>
        {values.map((v) => (
          <li key={v.value}>
            <button aria-pressed={v.value === chosen} title={v.value} onClick={() => onPick(v.value)}>
              <bdi>{(b.property === 'STATE' || b.property === 'LAST_RUN') && <><Shape kind={status(v.value).shape} /> </>}{wordOf(b.property, v.value)}</bdi>
              <span>{grouped(v.count)}</span>
            </button>
          </li>
        ))}
      </ul>
      {b.values.length > SHOWN && <button className="quiet" aria-expanded={all} onClick={onAll}>{all ? t.fewer : t.moreValues(hidden)}</button>}
      {all && b.more > 0 && <p className="soft">{t.moreValues(b.more)}</p>}
    </section>
  )
}
