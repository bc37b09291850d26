import { Link } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { Shape } from '../shape'
import * as t from '../texts/assets'
import type { AssetsSearch } from './search'
import { keep, load, sameSearch, withView, type View } from './views'

/** Views are the searches that the reader saved, and the way to save this one. */
export function Views({ search }: { search: AssetsSearch }) {
  const [list, setList] = useState(load)
  const [lost, setLost] = useState(false)
  const menu = useRef<HTMLDetailsElement>(null)
  const put = (next: View[]) => {
    setList(next)
    setLost(!keep(next))
  }
  const close = () => {
    menu.current?.removeAttribute('open')
    menu.current?.querySelector('summary')?.focus()
  }
  const now = list.find((v) => sameSearch(v.search, search))
  return (
    <details className="menu views" ref={menu} onToggle={(e) => e.currentTarget.open && setList(load())} onKeyDown={(e) => e.key === 'Escape' && (e.stopPropagation(), close())} onBlur={(e) => !e.currentTarget.contains(e.relatedTarget) && e.relatedTarget && e.currentTarget.removeAttribute('open')}>
      <summary>{now ? <bdi>{now.name}</bdi> : t.views.title}</summary>
      <div className="sheet">
        {list.length === 0 && <p className="soft">{t.views.none}</p>}
        <ul>{list.map((v) => (
          <li key={v.name} className="line">
            <Link to="/assets" search={v.search} aria-current={v === now ? 'true' : undefined} onClick={close}><bdi>{v.name}</bdi></Link>
            <button type="button" className="quiet" aria-label={t.views.forget(v.name)} onClick={() => put(list.filter((o) => o !== v))}><Shape kind="cross" /></button>
          </li>
        ))}</ul>
        <form className="line" onSubmit={(e) => {
          e.preventDefault()
          const name = new FormData(e.currentTarget).get('name')
          put(withView(list, { name: String(name ?? ''), search }))
          e.currentTarget.reset()
        }}>
          <input name="name" required maxLength={80} placeholder={t.views.name} aria-label={t.views.name} autoComplete="off" />
          <button>{t.views.save}</button>
        </form>
        <p className="soft" role="status">{lost ? t.views.lost : t.views.where}</p>
      </div>
    </details>
  )
}
