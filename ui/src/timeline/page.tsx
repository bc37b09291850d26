import { getRouteApi, Link } from '@tanstack/react-router'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useStill } from '../address'
import { asked } from '../asked'
import { timelineCommand } from '../commands'
import { CopyAs } from '../copyas'
import { useKeys } from '../keys'
import { useNow } from '../live'
import { Pane } from '../pane'
import { AssetLink, Chip, Says, Time } from '../parts'
import { useLiveQuery } from '../query'
import { Shape } from '../shape'
import { tableForms, type Column } from '../table'
import * as t from '../texts/timeline'
import { fullName, span } from '../words'
import { Chart } from './chart'
import { rowsOf, shared, type Band, type Piece, type Row } from './model'
import { Critical, usePath } from './path'
import { NAME, TIMELINE, TOOLS } from './queries'
import { iso, rangeOf, windows, type TimelineSearch, type Window } from './search'
import './timeline.css'

const route = getRouteApi('/timeline')
type Line = { row: Row; p: Piece }

export default function Timeline() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const now = useNow(20_000)
  const [from, to] = rangeOf(search, now)
  const set = (next: Partial<TimelineSearch>, replace = true) => void navigate({ search: (old) => ({ ...old, ...next }), replace, resetScroll: false })
  const select = search.of || search.q || search.tool ? { assets: search.of ? [search.of] : null, upstream: search.of ? (search.up ?? 0) : null, search: search.q ?? null, tool: search.tool ?? null } : null
  const variables = { from: iso(from), to: iso(to), select }
  const answer = useLiveQuery(TIMELINE, variables, { keep: true })
  const named = useLiveQuery(NAME, { id: search.of ?? '' }, { pause: !search.of })
  const of = named.data?.node && 'name' in named.data.node ? named.data.node : null
  const path = usePath(search.path)
  const steps = path.data?.criticalPath.steps
  const critical = useMemo(() => new Set(steps?.map((s) => s.run.id) ?? []), [steps])
  const rows = useMemo(() => (answer.data ? rowsOf(answer.data.timeline) : []), [answer.data])
  const jump = (by: number) => set({ win: undefined, from: iso(from + by * (to - from)), to: iso(to + by * (to - from)) })
  const open = (p: Piece) => void (p.kind === 'run' ? navigate({ to: '/r/$id', params: { id: p.id } } as never) : navigate({ to: '/d/$id', params: { id: p.id } } as never))
  useKeys([{ keys: '[', what: t.keys.back, run: () => jump(-0.5) }, { keys: ']', what: t.keys.forth, run: () => jump(0.5) }])
  useStill((s) => ({ ...s, win: undefined, from: iso(from), to: iso(to) }))
  const lines: Line[] = rows.flatMap((row) => row.pieces.map((p) => ({ row, p })))
  const filtered = select !== null
  return (
    <main id="main" tabIndex={-1} className="wide">
      <div className="title"><h1>{t.heading}</h1>
        <span className="filters">
          <Words value={search.q ?? ''} onPick={(q) => set({ q: q || undefined })} />
          <label><span className="hide">{t.tool}</span><Tools value={search.tool} pause={!answer.data} onPick={(tool) => set({ tool })} /></label>
          <span className="segments" role="group" aria-label={t.window}>{windows.map((w) => <button key={w} aria-pressed={!search.from && (search.win ?? '24h') === w} onClick={() => set({ win: w === '24h' ? undefined : (w as Window), from: undefined, to: undefined })}>{t.windows[w]}</button>)}</span>
          <span className="segments"><button onClick={() => jump(-0.5)} aria-label={t.earlier}>‹</button>{search.from && <button onClick={() => set({ from: undefined, to: undefined })}>{t.toNow}</button>}<button onClick={() => jump(0.5)} aria-label={t.later}>›</button></span>
          <button onClick={() => set({ win: undefined, from: iso(from - (to - from) / 2), to: iso(to + (to - from) / 2) })}>{t.zoomOut}</button>
          <CopyAs of={{ ...tableForms(columns, lines, answer.data?.timeline.complete === false), json: () => answer.data?.timeline, cli: timelineCommand(search, iso(from), iso(to)), asked: asked(TIMELINE, variables), file: 'timeline' }} />
        </span>
      </div>
      {search.of && <p className="line under"><span>{t.of} <AssetLink asset={of as never} /></span><label className="soft"><input className="hops" type="number" min={0} max={10} value={search.up ?? 0} onChange={(e) => set({ up: Number(e.target.value) || undefined })} /> {t.upstream}</label><span className="buttons"><button onClick={() => set({ path: search.path ? undefined : search.of })} aria-pressed={Boolean(search.path)}>{t.because}</button><button onClick={() => set({ of: undefined, up: undefined, path: undefined })}>{t.all}</button></span></p>}
      <Pane title={t.rows(rows.length, answer.data?.timeline.runs.length ?? 0)} id="chart" answer={answer} rows={12} extra={<Legend />}
        empty={rows.length === 0 && !filtered && t.none} filtered={rows.length === 0 && filtered && <>{t.nothingSelected} <button onClick={() => set({ q: undefined, tool: undefined, of: undefined, up: undefined })}>{t.all}</button></>}
        hidden={answer.data && !answer.data.timeline.complete ? { count: null, why: t.partial } : undefined}>
        <Chart rows={rows} from={from} to={to} now={Math.max(now, answer.data ? Date.parse(answer.data.timeline.now) : 0)} path={critical} whole={search.lanes ?? []} onWhole={(lanes) => set({ lanes })} active={search.sel} onActive={(sel) => set({ sel })} onOpen={open} onZoom={(a, b) => set({ win: undefined, from: iso(a), to: iso(b) }, false)} onRow={(r) => r.id?.startsWith('asset_') && set({ of: r.id })} />
        <details open={search.table ?? false} onToggle={(e) => e.currentTarget.open !== (search.table ?? false) && set({ table: e.currentTarget.open || undefined })}><summary>{t.table}</summary>{search.table && <Twin rows={rows} lines={lines} now={now} />}</details>
      </Pane>
      {search.path && <Critical answer={path} title={of ? t.becauseOf(of.name.name) : t.because} />}
    </main>
  )
}

/** Tools are those that say they run jobs, and the one that the address has; they are asked when the chart is there. */
function Tools({ value, pause, onPick }: { value: string | undefined; pause: boolean; onPick: (tool: string | undefined) => void }) {
  const answer = useLiveQuery(TOOLS, {}, { pause, still: true })
  const of = answer.data?.assetCounts.by.find((b) => b.property === 'TOOL')
  const known = of?.values.map((v) => v.value.toUpperCase()).sort() ?? []
  const all = value && !known.includes(value.toUpperCase()) ? [value, ...known] : known
  return (
    <select value={all.find((x) => x.toUpperCase() === value?.toUpperCase()) ?? ''} onChange={(e) => onPick(e.target.value || undefined)}>
      <option value="">{t.anyTool}</option>
      {all.map((x) => <option key={x} value={x}>{x.toLowerCase()}</option>)}
      {of && of.more > 0 && <option disabled>{t.moreTools(of.more)}</option>}
    </select>
  )
}

/** Words searches as one types, a little after. */
function Words({ value, onPick }: { value: string; onPick: (q: string) => void }) {
  const [text, setText] = useState(value)
  const sent = useRef(value)
  useEffect(() => {
    if (value === sent.current) return // our own words come back
    sent.current = value
    setText(value)
  }, [value])
  useEffect(() => {
    if (text.trim() === sent.current) return
    const wait = window.setTimeout(() => {
      sent.current = text.trim()
      onPick(sent.current)
    }, 250)
    return () => window.clearTimeout(wait)
  }, [text, onPick])
  return <input type="search" aria-label={t.search} placeholder={t.search} value={text} onChange={(e) => setText(e.target.value)} />
}

function Legend() {
  return <span className="legend" aria-hidden="true"><span><i className="wait" />{t.legend.wait}</span><span><i className="ran" />{t.legend.run}</span><span><i className="going" />{t.legend.going}</span><span><i className="bad" />{t.legend.fail}</span><span><i className="plan" />{t.legend.plan}</span><span><i className="late" />{t.legend.late}</span><span><Shape kind="play" />{t.legend.deadline}</span></span>
}

const when = (ms: number) => iso(ms)
const columns: Column<Line>[] = [
  { key: 'job', title: t.columns.job, cell: ({ row }) => row.name, value: ({ row }) => fullName(row) },
  { key: 'state', title: t.columns.state, cell: ({ p }) => p.state, value: ({ p }) => p.state },
  { key: 'started', title: t.columns.started, cell: ({ p }) => when(p.from), value: ({ p }) => when(p.from) },
  { key: 'ended', title: t.columns.ended, cell: ({ p }) => (p.open ? '' : when(p.to)), value: ({ p }) => (p.open ? null : when(p.to)) },
  { key: 'waited', title: t.columns.waited, cell: ({ p }) => p.waits, value: ({ p }) => (p.waits === null ? null : Math.round((p.from - p.waits) / 1000)) },
  { key: 'why', title: t.columns.why, cell: ({ p }) => p.says, value: ({ p }) => p.says },
]

const MOST = 300

/** Twin says the same as the chart. */
function Twin({ rows, lines, now }: { rows: Row[]; lines: Line[]; now: number }) {
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t.table}>
      {rows.filter((r) => shared(r) > 0).map((r) => <p key={r.key} className="soft">{t.bundled(r.name, shared(r), r.pieces.length)}</p>)}
      <table className="runs">
        <thead><tr><th>{t.columns.job}</th><th>{t.columns.state}</th><th>{t.columns.started}</th><th>{t.columns.took}</th><th>{t.columns.waited}</th></tr></thead>
        <tbody>
          {lines.slice(0, MOST).map(({ row, p }) => (
            <tr key={p.key}>
              <td>{p.kind === 'run' ? <Link to="/r/$id" params={{ id: p.id }}>{row.name}</Link> : <Link to="/d/$id" params={{ id: p.id }}>{row.name}</Link>}</td>
              <td><Chip code={p.state} /></td><td><Time at={when(p.from)} now={now} /></td>
              <td>{p.open ? t.stillGoing : span((p.to - p.from) / 1000)}</td><td>{p.waits === null ? '' : span((p.from - p.waits) / 1000)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {lines.length > MOST && <p className="partial"><Shape kind="half" /> {t.moreLines(lines.length - MOST)}</p>}
      <LateTwin bands={rows.flatMap((r) => r.bands)} now={now} />
    </div>
  )
}

/** LateTwin says the same as the bands. */
function LateTwin({ bands, now }: { bands: Band[]; now: number }) {
  if (bands.length === 0) return null
  return (
    <table>
      <caption>{t.lateList}</caption>
      <thead><tr><th>{t.lateColumns.name}</th><th>{t.lateColumns.since}</th><th>{t.lateColumns.until}</th><th>{t.lateColumns.why}</th></tr></thead>
      <tbody>
        {bands.map((b) => <tr key={b.key} data-band><td><bdi>{b.name}</bdi></td><td><Time at={when(b.from)} now={now} /></td><td>{b.open ? t.stillGoing : <Time at={when(b.to)} now={now} />}</td><td className="says"><Says text={b.says} now={now} whole /></td></tr>)}
      </tbody>
    </table>
  )
}
