import { getRouteApi, Link } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { asked } from '../asked'
import { Steps } from '../called'
import { Copy, CopyAs } from '../copyas'
import { quoted } from '../forms'
import { useNow } from '../live'
import { Pane } from '../pane'
import { AssetLink, Chip, Time } from '../parts'
import { useLiveQuery } from '../query'
import { Shape } from '../shape'
import { Table, type Column } from '../table'
import * as t from '../texts/impact'
import * as shell from '../texts/shell'
import { clock, fullName, lasted, local, seconds, type Shape as Kind } from '../words'
import { Builder } from './builder'
import { cutOf, formsOf, gaps, grouped, hidden, lastUsed, lateOf, letters, nameOf, owners, refusal, says, unlit, way } from './answer'
import { command, drafted, draftOf, input, instant, MOST, taken, undrafted, written, type ImpactSearch } from './change'
import { IMPACT, type Affected } from './queries'
import './impact.css'

const Paste = lazy(() => import('./paste').then((m) => ({ default: m.Paste })))
const route = getRouteApi('/impact')
const rank = { BREAKING: 0, DEGRADING: 1, UNKNOWN: 2, SAFE: 3 } as const
const look: Record<Affected['severity'], [shape: Kind, tone: string]> = { BREAKING: ['cross', 'bad'], DEGRADING: ['triangle', 'warn'], UNKNOWN: ['query', 'unknown'], SAFE: ['check', 'good'] }
const missedOf = (rows: Affected[]) => rows.flatMap((a) => a.deadlines.filter((d) => d.met === 'FALSE'))
/** longest is the greatest of lengths of time, said. */
const longest = (list: (string | null)[]) => lasted(list.filter((d) => d !== null).sort((a, b) => (seconds(b) ?? 0) - (seconds(a) ?? 0))[0])

export function Severity({ s }: { s: Affected['severity'] }) {
  const [shape, tone] = look[s]
  return <span className={`chip ${tone}`}><Shape kind={shape} />{t.severities[s]}</span>
}

function Used({ a, now }: { a: Affected; now: number }) {
  return a.lastUsedAt ? <span title={t.usedSay(a.asset?.__typename === 'Job')}><Time at={a.lastUsedAt} now={now} /></span> : <span className="soft" title={t.unusedSay[a.used]}>{t.unused[a.used]}</span>
}

/** Sure says what each confidence of the rows means. */
function Sure({ of }: { of: Affected[] }) {
  const said = (Object.keys(t.confidences) as Affected['confidence'][]).filter((c) => of.some((a) => a.confidence === c))
  return <details className="sure soft"><summary>{t.confidenceLead}</summary><dl>{said.map((c) => <div key={c}><dt>{t.confidences[c]}</dt><dd>{t.confidencesSay[c]}</dd></div>)}</dl></details>
}

function Lateness({ a, now }: { a: Affected; now: number }) {
  const d = a.deadlines[0]
  if (!d) return <span className="soft">{t.noDeadline}</span>
  const [shape, tone] = d.met === 'FALSE' ? (['triangle', 'bad'] as const) : d.met === 'TRUE' ? (['check', 'good'] as const) : (['query', 'unknown'] as const)
  return <span title={a.deadlines.map((x) => `${x.policy}: ${x.says}`).join('\n')}><span className={`chip ${tone}`}><Shape kind={shape} />{d.met === 'FALSE' && !d.lateBy && d.deadline ? <>{t.lateFrom} <Time at={d.deadline} now={now} /></> : lateOf(a)}</span> <span className="soft">{t.byPolicy(d.policy)}</span></span>
}

export default function Impact() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const now = useNow()
  const [pasting, setPasting] = useState(false)
  const [strayed, setStrayed] = useState<string[]>([])
  const raw = search.change ?? []
  const asks = taken(raw)
  const changes = asks.changes.map((x) => x.c)
  const set = (next: Partial<ImpactSearch>) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true })
  const put = (list: string[]) => set({ change: list.length > 0 ? list : undefined })
  const without = (at: number) => put(raw.filter((_, n) => n !== at))
  const asOf = search.asOf === undefined ? undefined : instant(search.asOf)
  const question = { changes: changes.map(input), asOf: asOf ?? null }
  const asking = changes.length > 0 && asOf !== null
  const answer = useLiveQuery(IMPACT, question, { pause: !asking, still: asOf !== undefined })
  const i = asking ? answer.data?.impact : undefined
  const rows = [...(i?.affected ?? [])].sort((a, b) => rank[a.severity] - rank[b.severity])
  const unknown = i?.counts.find((c) => c.severity === 'UNKNOWN')?.count ?? 0
  const all: Column<Affected>[] = [
    { key: 'severity', title: t.columns.severity, width: '108px', cell: (a) => <Severity s={a.severity} />, value: (a) => a.severity },
    { key: 'confidence', title: t.columns.confidence, width: '92px', cell: (a) => <span title={t.confidencesSay[a.confidence]}>{t.confidences[a.confidence]}</span>, value: (a) => a.confidence },
    { key: 'asset', title: t.columns.asset, width: 'minmax(210px, 1.5fr)', cell: (a) => <AssetLink asset={a.asset} name={a.path.at(-1)?.asset?.name} />, value: nameOf },
    { key: 'late', title: t.columns.late, width: 'minmax(150px, 0.9fr)', cell: (a) => <Lateness a={a} now={now} />, value: (a) => [lateOf(a), a.deadlines[0]?.policy].filter(Boolean).join(', ') || null },
    { key: 'owners', title: t.columns.owners, width: 'minmax(100px, 0.8fr)', cell: (a) => <span className="soft">{owners(a)}</span>, value: owners },
    { key: 'used', title: t.columns.used, width: '104px', cell: (a) => <Used a={a} now={now} />, value: lastUsed },
    { key: 'why', title: t.columns.why, width: 'minmax(150px, 1.4fr)', cell: (a) => <span title={a.reason}>{a.reason}</span>, value: (a) => a.reason },
    { key: 'columns', title: t.columns.columns, width: 'minmax(88px, 0.8fr)', cell: (a) => <span title={a.fields.join(', ')}>{a.fields.join(', ')}</span>, value: (a) => a.fields.join(', ') },
    { key: 'path', title: t.columns.path, width: 'minmax(310px, 2fr)', cell: (a) => <Steps names={a.path.slice(0, -1).map((n) => n.asset?.name.name ?? '?')} title={way(a)} />, value: way },
    { key: 'hops', title: t.columns.hops, width: '44px', right: true, cell: (a) => a.distance, value: (a) => a.distance },
  ]
  const timed = changes.some((c) => c.kind === 'DELAY' || c.kind === 'STOP_JOB')
  const columns = all.filter((c) => (c.key !== 'columns' || rows.some((a) => a.fields.length > 0)) && (c.key !== 'late' || timed))
  const missed = missedOf(rows)
  const missing = [...(asOf ? [t.past(asOf)] : []), ...gaps(i, asks.refused), ...strayed]
  const letter = letters(changes, rows, missing, undrafted(location.href))
  const groups = search.by ? grouped(rows) : []
  const open = (a: Affected) => a.asset && !hidden(a) && void navigate({ to: '/a/$id', params: { id: a.asset.id } } as never)
  return (
    <main id="main" tabIndex={-1} className="wide">
      <div className="head"><div className="title"><h1>{t.heading}</h1></div><p className="lead">{t.lead}</p></div>
      <Pane title={t.build} id="build" extra={<span className="filters"><button disabled={changes.length >= MOST} onClick={() => setPasting(true)}>{t.paste.open}</button><label className="soft">{t.asOf} <input type="datetime-local" step={1} value={asOf ? local(asOf) : ''} onChange={(e) => set({ asOf: e.target.value ? new Date(e.target.value).toISOString() : undefined })} /></label></span>}>
        <Builder full={changes.length >= MOST} kept={draftOf(search)} onKeep={(d) => set(drafted(d))} onAdd={(c) => put([...raw, written(c)])} />
        {changes.length > 0 && <ul className="changes" aria-label={t.changes}>{asks.changes.map(({ at, c }) => <li key={at} className="tag"><span title={fullName(c)}>{says(c)}</span><button className="quiet" aria-label={t.remove(says(c))} onClick={() => without(at)}>×</button></li>)}</ul>}
        {asks.refused.length > 0 && <ul className="changes refused" aria-label={t.refusedList}>{asks.refused.map((r) => <li key={r.at}><Shape kind="triangle" /> <bdi>{refusal(r)}</bdi> <button className="quiet" aria-label={t.remove(r.text)} onClick={() => without(r.at)}>×</button></li>)}</ul>}
        {strayed.length > 0 && <div className="refused"><ul className="changes refused" aria-label={t.paste.kept}>{strayed.map((m, n) => <li key={n}><Shape kind="triangle" /> <bdi>{m}</bdi></li>)}</ul><button className="quiet" onClick={() => setStrayed([])}>{t.paste.dismiss}</button></div>}
        {pasting && <Suspense><Paste room={MOST - changes.length} onClose={() => setPasting(false)} onTake={(list, missing) => {
          put([...new Set([...raw, ...list.map(written)])])
          setStrayed(missing)
        }} /></Suspense>}
      </Pane>
      {search.asOf !== undefined && <p className={`note ${asOf ? 'warn' : 'bad'}`} role="status"><span>{asOf ? t.past(clock(asOf, now, true)) : t.noTime(search.asOf)}</span> <button className="quiet" onClick={() => set({ asOf: undefined })}>{t.toNow}</button></p>}
      {asOf === null ? null : changes.length === 0 ? <p className="note">{t.none}</p> : (
        <>
          <Pane title={t.result} id="result" answer={answer} rows={6} empty={i && rows.length === 0 && i.complete && t.nothing} hidden={i && !i.complete ? { count: null, why: cutOf(i) } : undefined}
            extra={<span className="filters">{i?.counts.filter((c) => c.count > 0).map((c) => <span key={c.severity} className="counted"><Severity s={c.severity} /> {c.count}</span>)}{i && i.deniedByRole > 0 && <span className="soft">{shell.access.denied(i.deniedByRole)}</span>}<label><input type="checkbox" checked={Boolean(search.by)} onChange={(e) => set({ by: e.target.checked || undefined })} /> {t.group}</label><CopyAs of={{ ...formsOf(changes, columns, rows, missing), json: () => ({ ...i, ...(asks.refused.length + strayed.length > 0 ? { notLookedAt: [...asks.refused.map(refusal), ...strayed] } : {}) }), asked: asked(IMPACT, question), cli: `weir impact ${changes.map((c) => `--change ${quoted(command(c))}`).join(' ')}${asOf ? ` --as-of ${asOf}` : ''}`, file: 'impact' }} /></span>}>
            {missed.length > 0 && <p className="note bad"><Shape kind="triangle" /> {t.missed(missed.length, longest(missed.map((d) => d.lateBy)))}</p>}
            {unknown > 0 && <p className="note warn"><Shape kind="query" /> {timed ? t.unknownTime(unknown) : t.unknownNote(unknown, unlit(rows))}</p>}
            {search.by ? groups.map(([who, list]) => <section key={who} aria-label={who}><h3>{who} · {list.length}</h3><div className="short"><Table label={who} columns={columns} rows={list} rowKey={(a) => a.asset?.id ?? way(a)} onOpen={open} /></div></section>) : <Table label={t.result} columns={columns} rows={rows} rowKey={(a) => a.asset?.id ?? way(a)} primary onOpen={open} />}
            {rows.length > 0 && <Sure of={rows} />}
          </Pane>
          {i && (
            <div className="columns even">
              <Pane title={t.next} empty={i.nextRuns.length === 0 && t.noNext}><ul className="rows tight">{i.nextRuns.map((a) => <li key={a.id}><div className="line"><Chip code={a.state} /><Link to="/d/$id" params={{ id: a.id }}><b>{a.toolJob || a.targetName.name}</b></Link><span className="soft">{a.connector}</span><span className="figure"><Time at={a.expectedAt} now={now} /></span></div></li>)}</ul></Pane>
              <div>
                <Pane title={t.tell} empty={i.owners.length === 0 && (i.deniedByRole > 0 ? t.ownersDenied(shell.access.denied(i.deniedByRole)) : t.nobody)}>{i.deniedByRole > 0 && <p className="partial"><Shape kind="half" /> {t.ownersDenied(shell.access.denied(i.deniedByRole))}</p>}<ul className="rows tight">{[...new Set(i.owners.map((o) => o.name))].map((who) => <li key={who}><div className="line"><bdi><b>{who}</b></bdi>{letter.has(who) && <span className="figure"><Copy text={letter.get(who)!} label={t.message} says={t.messageTo(who)} /></span>}</div></li>)}</ul></Pane>
                <Pane title={t.policies} empty={i.policies.length === 0 && t.noPolicies}><ul className="rows tight">{i.policies.map((p) => <li key={p.id}><Link to="/policies" search={{ name: p.name }}><b>{p.name}</b></Link> <span className="tag">{p.mode.toLowerCase().replace('_', ' ')}</span> <span className="soft">{p.owner}</span></li>)}</ul></Pane>
              </div>
            </div>
          )}
        </>
      )}
    </main>
  )
}
