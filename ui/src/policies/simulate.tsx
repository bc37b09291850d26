// What the last 14 days would have been by the text in the editor. The server
// lives through them for as long as a request may take, and says how far it came.
import { useEffect, useRef, useState } from 'react'
import { client } from '../api'
import { asked } from '../asked'
import { CopyAs } from '../copyas'
import { trouble, type Trouble } from '../errors'
import { useNow } from '../live'
import { Shape } from '../shape'
import { Table, tableForms, type Column } from '../table'
import * as t from '../texts/policies'
import { faultsOf } from './faults'
import { SIMULATE, type Fault, type File, type Simulated, type Simulation, type Tally } from './queries'
import { measures, ownersOf, type Measure } from './tally'

type State = { of: readonly File[]; began: number; stop: () => void; result?: Simulation; same?: boolean; wrong?: Trouble }

/** useSimulation runs one simulation at a time; leaving the page, or stop, gives up waiting for it. */
export function useSimulation(onFaults: (list: Fault[]) => void) {
  const [state, setState] = useState<State | null>(null)
  const running = useRef<AbortController | null>(null)
  useEffect(() => () => running.current?.abort(), [])
  const run = async (files: readonly File[]) => {
    running.current?.abort()
    const mine = new AbortController()
    running.current = mine
    const began: State = { of: files, began: Date.now(), stop: () => (mine.abort(), setState(null)) }
    setState(began)
    onFaults([])
    const { data, error } = await client.mutation(SIMULATE, { input: { files: files as File[] } }, { fetchOptions: { signal: mine.signal } }).toPromise()
    if (mine.signal.aborted) return
    running.current = null
    if (data) return setState({ ...began, result: data.planPolicies.simulation, same: data.planPolicies.empty })
    const list = error ? faultsOf(error) : []
    onFaults(list)
    setState(list.length > 0 ? null : { ...began, wrong: trouble(error ?? new Error(t.simulation.nothing)) })
  }
  return { state, run }
}

export function SimulationView({ state, stale }: { state: State; stale: boolean }) {
  const now = useNow(1000)
  if (state.wrong) return <div className="note bad" role="alert"><div><p>{state.wrong.says}</p>{state.wrong.hint && <p>{state.wrong.hint}</p>}</div></div>
  if (!state.result) return <p className="note line" role="status"><progress aria-label={t.simulation.running} /> {t.simulation.runningFor(Math.max(0, Math.round((now - state.began) / 1000)))} <button onClick={state.stop}>{t.simulation.stop}</button></p>
  return <Result s={state.result} of={state.of} same={Boolean(state.same)} stale={stale} />
}

function Result({ s, of, same, stale }: { s: Simulation; of: readonly File[]; same: boolean; stale: boolean }) {
  const [by, setBy] = useState<'policy' | 'owner'>('policy')
  const rows = by === 'owner' ? ownersOf(s.policies) : s.policies
  const columns: Column<Simulated>[] = [
    { key: 'name', title: by === 'owner' ? t.columns.owner : t.columns.name, width: 'minmax(150px, 1.4fr)', cell: (p) => <span title={p.note ?? undefined}><b>{p.policy || t.simulation.nobody}</b>{p.note && <> <Shape kind="triangle" /></>}</span>, value: (p) => p.policy },
    ...measures.map((m): Column<Simulated> => ({ key: m.key, title: t.simulation.measures[m.key], width: 'minmax(112px, 1fr)', right: true, cell: (p) => <WasIs m={m} before={p.before} after={p.after} />, value: (p) => `${m.says(p.before)} → ${m.says(p.after)}` })),
  ]
  const span = Date.parse(s.to) - Date.parse(s.from)
  const days = (ms: number) => (ms / 86_400_000).toFixed(1)
  return (
    <section aria-label={t.simulation.title} className={stale ? 'old' : undefined}>
      <p className="line under"><b>{t.simulation.title}</b><span className="soft">{t.simulation.lived(days(Date.parse(s.reached) - Date.parse(s.from)), days(span))} · {t.simulation.same(s.same)}</span>
        <span className="buttons push"><span className="segments" role="group" aria-label={t.simulation.group}>{(['policy', 'owner'] as const).map((x) => <button key={x} aria-pressed={by === x} onClick={() => setBy(x)}>{t.simulation.by[x]}</button>)}</span>
          <CopyAs of={{ ...tableForms(columns, rows), json: () => s, asked: asked(SIMULATE, { input: { files: of as File[] } }), file: 'simulation' }} /></span></p>
      {!s.complete && <p className="partial"><Shape kind="half" /> {s.cut ?? t.cut}</p>}
      {rows.length === 0 ? <p className="note">{same ? t.empty : s.complete ? t.simulation.nothingElse : t.simulation.notFar}</p> : <>{rows.some((p) => p.before?.runs || p.after?.runs) && <Bars rows={rows} />}<div className="short"><Table label={t.simulation.title} columns={columns} rows={rows} rowKey={(p) => p.policy} /></div>{s.policies.some((p) => p.note) && <ul className="soft">{s.policies.filter((p) => p.note).map((p) => <li key={p.policy}><b>{p.policy}</b>: {p.note}</li>)}</ul>}</>}
    </section>
  )
}

/** WasIs says a number as it was and would be; better and worse by word and colour. */
function WasIs({ m, before, after }: { m: Measure; before: Tally | null; after: Tally | null }) {
  const [was, is] = [before ? m.of(before) : 0, after ? m.of(after) : 0]
  if (was === is) return <span className="soft">{m.says(after ?? before)}</span>
  const better = is < was
  return <span title={better ? t.simulation.less : t.simulation.more}><span className="soft">{m.says(before)} → </span><b className={m.neutral ? undefined : better ? 'fewer' : 'spent'}>{m.says(after)}</b></span>
}

/** Bars draws the runs before and after, a line each; the table says the same. */
function Bars({ rows }: { rows: readonly Simulated[] }) {
  const shown = rows.slice(0, 12)
  const most = Math.max(1, ...shown.flatMap((p) => [p.before?.runs ?? 0, p.after?.runs ?? 0]))
  const line = 26
  return (
    <svg className="bars" viewBox={`0 0 700 ${shown.length * line}`} role="img" aria-label={t.simulation.picture}>
      {shown.map((p, i) => {
        const [b, a] = [p.before?.runs ?? 0, p.after?.runs ?? 0]
        return (
          <g key={p.policy} transform={`translate(0 ${i * line})`}>
            <text x="190" y="16" textAnchor="end">{p.policy.length > 26 ? `${p.policy.slice(0, 25)}…` : p.policy || t.simulation.nobody}</text>
            <rect className="was" x="200" y="4" width={(b / most) * 400} height="8" /><rect className="is" x="200" y="13" width={(a / most) * 400} height="8" />
            <text x={206 + (Math.max(a, b) / most) * 400} y="16">{t.simulation.runs(b, a)}</text>
          </g>
        )
      })}
    </svg>
  )
}
