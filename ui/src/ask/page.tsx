import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { place } from '../base'
import { queryCommand } from '../asked'
import { CopyAs } from '../copyas'
import { Pane } from '../pane'
import * as t from '../texts/ask'
import { ago } from '../words'
import { Docs } from './docs'
import { kept, readHistory, writeHistory, type Asked } from './history'
import './ask.css'

const route = getRouteApi('/query')
const FIRST = `query Late {
  sla(filter: { states: [LATE, AT_RISK, UNKNOWN] }, first: 20) {
    nodes {
      name { namespace name }
      policy { name }
      freshness { state says deadline expectedAt cause { says owner } }
    }
    totalCount
  }
}`

type Answer = { text: string; bad: boolean; took: number }

export default function Ask() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const [q, setQ] = useState(search.q ?? FIRST)
  const [v, setV] = useState(search.v ?? '{}')
  const [answer, setAnswer] = useState<Answer | null>(null)
  const [busy, setBusy] = useState(false)
  const [past, setPast] = useState<Asked[]>(readHistory)
  const set = (next: Partial<typeof search>) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true })
  const ask = async () => {
    let variables: unknown
    try {
      variables = JSON.parse(v.trim() || '{}')
    } catch (e) {
      return setAnswer({ text: `${t.badVariables}: ${(e as Error).message}`, bad: true, took: 0 })
    }
    setBusy(true)
    const at = performance.now()
    setAnswer(await send(q, variables, () => Math.round(performance.now() - at)))
    setBusy(false)
    const list = kept(past, { q, v, at: Date.now() })
    setPast(list)
    writeHistory(list)
    set({ q, v: v.trim() === '{}' ? undefined : v })
  }
  const again = (a: Asked) => (setQ(a.q), setV(a.v))
  const keys = (e: React.KeyboardEvent) => e.key === 'Enter' && (e.ctrlKey || e.metaKey) && (e.preventDefault(), void ask())
  return (
    <main id="main" tabIndex={-1} className="wide">
      <div className="title"><h1>{t.heading}</h1><CopyAs of={{ graphql: q, cli: queryCommand(q, variablesOf(v)), json: () => ({ query: q, variables: v }), file: 'question' }} /></div>
      <div className="ask">
        <div>
          <Pane title={t.question} extra={<button className="primary" aria-busy={busy} onClick={() => busy || void ask()}>{busy ? t.running : t.run} <kbd>Ctrl ⏎</kbd></button>}>
            <textarea className="code" aria-label={t.question} rows={16} spellCheck={false} value={q} onChange={(e) => setQ(e.target.value)} onKeyDown={keys} />
            <label className="soft">{t.variables}<textarea className="code" rows={4} spellCheck={false} value={v} onChange={(e) => setV(e.target.value)} onKeyDown={keys} /></label>
          </Pane>
          <Pane title={t.history} empty={past.length === 0 && t.noHistory} extra={past.length > 0 && <button className="quiet" onClick={() => (setPast([]), writeHistory([]))}>{t.forget}</button>}>
            <ul className="plain">{past.map((a) => <li key={a.q + a.v} className="line"><button className="linklike" onClick={() => again(a)}>{/\b(?:query|mutation)\s+(\w+)/.exec(a.q)?.[1] ?? a.q.replace(/\s+/g, ' ').slice(0, 60)}</button><span className="figure">{ago(new Date(a.at).toISOString(), Date.now())}</span></li>)}</ul>
          </Pane>
        </div>
        <Pane title={t.answer} extra={answer && <span className="soft">{t.took(answer.took)}</span>} empty={!answer && t.nothing}>{answer && <pre className={answer.bad ? 'bad answer' : 'answer'} tabIndex={0} role={answer.bad ? 'alert' : undefined}>{answer.text}</pre>}</Pane>
        <Pane title={t.docs} id="docs"><Docs type={search.type} onType={(type) => set({ type })} /></Pane>
      </div>
    </main>
  )
}

/** variablesOf are the variables as far as they can be read. */
function variablesOf(text: string): Record<string, unknown> {
  try {
    const v: unknown = JSON.parse(text.trim() || '{}')
    return v !== null && typeof v === 'object' && !Array.isArray(v) ? (v as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** send asks as any client does, and shows the answer as it came. */
async function send(query: string, variables: unknown, took: () => number): Promise<Answer> {
  try {
    const r = await fetch(place('graphql'), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }) })
    const body = (await r.json()) as { errors?: unknown }
    return { text: JSON.stringify(body, null, 2), bad: body.errors !== undefined, took: took() }
  } catch (e) {
    return { text: (e as Error).message, bad: true, took: took() }
  }
}
