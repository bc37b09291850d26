// One box to find and do anything: pages, actions, assets.
import { useRouter } from '@tanstack/react-router'
import { useDeferredValue, useEffect, useRef, useState } from 'react'
import { PALETTE } from './queries'
import { Called } from '../called'
import { usePages } from '../frame'
import { useLiveQuery } from '../query'
import { lacks, useSession } from '../session'
import { AssetIcon, Shape } from '../shape'
import * as t from '../texts/shell'
import { useKnownVerbs } from '../verbs'
import { ago, status } from '../words'
import type { PaletteQuery } from '../gen/graphql'
import './palette.css'

type Item = { key: string; group: string; what: string; more?: string; job?: boolean; run: () => void }

/** matches says whether each word of a question is in a text. */
export function matches(question: string, text: string): boolean {
  const low = text.toLowerCase()
  return question.toLowerCase().split(/\s+/).every((w) => low.includes(w))
}

export default function Palette({ onClose }: { onClose: () => void }) {
  const box = useRef<HTMLDialogElement>(null)
  const list = useRef<HTMLUListElement>(null)
  const [q, setQ] = useState('')
  const [at, setAt] = useState(0)
  const items = useItems(q.trim())
  const current = Math.min(at, items.length - 1)
  useEffect(() => {
    box.current?.showModal()
  }, [])
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }, [current, items.length])
  const pick = (i: Item | undefined) => {
    if (!i) return
    box.current?.close()
    i.run()
  }
  const keys: Record<string, () => void> = { ArrowDown: () => setAt((current + 1) % items.length), ArrowUp: () => setAt((current + items.length - 1) % items.length), Enter: () => pick(items[current]) }
  return (
    <dialog className="palette" ref={box} aria-label={t.find} onClose={onClose} onClick={(e) => e.target === box.current && box.current?.close()}>
      <input autoFocus role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant={items[current] ? `palette-${current}` : undefined} aria-label={t.find} placeholder={t.palette.placeholder} autoComplete="off" spellCheck={false} value={q}
        onChange={(e) => (setQ(e.target.value), setAt(0))}
        onKeyDown={(e) => {
          if (!keys[e.key] || e.nativeEvent.isComposing || items.length === 0) return
          e.preventDefault()
          keys[e.key]!()
        }} />
      {items.length === 0 && <p className="note">{t.palette.nothing}</p>}
      <ul role="listbox" id="palette-list" aria-label={t.find} ref={list}>
        {items.map((i, n) => (
          <li key={i.key} id={`palette-${n}`} role="option" aria-selected={n === current} onPointerMove={() => n !== current && setAt(n)} onClick={() => pick(i)}>
            {i.job === undefined ? <Shape kind={i.group === t.palette.verbs ? 'play' : 'skip'} /> : <AssetIcon job={i.job} />}
            <span className="what">{i.group === t.palette.assets ? <Called name={i.what} title={i.more ? `${i.more}/${i.what}` : i.what} /> : i.what}</span><span className="soft">{i.more ?? i.group}</span>
          </li>
        ))}
      </ul>
      <p className="hide" role="status">{t.palette.results(items.length)}</p>
    </dialog>
  )
}

type Go = ReturnType<typeof useRouter>['navigate']
const pageOf = { asset: '/a/$id', run: '/r/$id', decision: '/d/$id', action: '/d/$id' } as const

/** byId is the page of what has the id that was typed. */
function byId(q: string, navigate: Go): Item[] {
  const kind = /^(asset|run|decision|action)_\S+$/.exec(q)?.[1] as keyof typeof pageOf | undefined
  return kind ? [{ key: 'id', group: t.palette.ids, what: t.palette.open(q.length > 44 ? `${q.slice(0, 43)}…` : q), run: () => void navigate({ to: pageOf[kind], params: { id: q } }) }] : []
}

type Last = NonNullable<Extract<PaletteQuery['assets']['nodes'][number], { __typename: 'Job' }>['latestRun']>
/** runItem is the last run of a job that was found. */
const runItem = (job: string, r: Last, open: (id: string) => void): Item => ({ key: r.id, group: t.palette.runs, what: t.palette.lastRun(job), more: `${status(r.state).word}, ${ago(r.startedAt ?? r.lastEventAt, Date.now())}`, run: () => open(r.id) })

function useItems(q: string): Item[] {
  const { navigate } = useRouter()
  const asked = useDeferredValue(q)
  const answer = useLiveQuery(PALETTE, { q: asked }, { pause: asked.length < 2, keep: true, still: true })
  const pages = usePages().filter((p) => matches(q, p.title)).map((p): Item => ({ key: `page ${p.path}`, group: t.palette.pages, what: p.title, run: () => void navigate({ to: p.path }) }))
  const session = useSession()
  const verbs = useKnownVerbs().filter((v) => matches(q, v.what) && !(v.needs && lacks(session, v.needs))).map((v): Item => ({ key: `verb ${v.what}`, group: t.palette.verbs, what: v.what.charAt(0).toUpperCase() + v.what.slice(1), run: v.run }))
  if (q.length < 2) return [...pages, ...verbs]
  const found = (answer.data?.assets.nodes ?? []).map((a): Item => ({ key: a.id, group: t.palette.assets, what: a.name.name, more: a.name.namespace, job: a.__typename === 'Job', run: () => void navigate({ to: '/a/$id', params: { id: a.id } }) }))
  const runs = (answer.data?.assets.nodes ?? []).flatMap((a): Item[] => (a.__typename === 'Job' && a.latestRun ? [runItem(a.name.name, a.latestRun, (id) => void navigate({ to: '/r/$id', params: { id } }))] : []))
  return [...byId(q, navigate), ...pages, ...verbs, ...found, ...runs, { key: 'all', group: t.palette.assets, what: t.palette.all(q), run: () => void navigate({ to: '/assets', search: { q } }) }]
}
