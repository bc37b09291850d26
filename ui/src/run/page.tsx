import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { Act } from '../act'
import { place } from '../base'
import { Called } from '../called'
import { change, type Deed } from '../confirm'
import { asked } from '../asked'
import { whyCommand } from '../commands'
import { Copy, CopyAs } from '../copyas'
import { useBack, useTitle } from '../frame'
import { useNow } from '../live'
import { order } from '../orders'
import { Body, Pane } from '../pane'
import { AssetLink, Chip, Facts, Time } from '../parts'
import { useLiveQuery } from '../query'
import { Shape } from '../shape'
import { copy } from '../texts/shell'
import * as t from '../texts/timeline'
import { Critical, usePath } from '../timeline/path'
import { CANCEL_RUN, RERUN_RUN, RUN, type OneRun } from '../timeline/queries'
import '../timeline/timeline.css'
import { iso } from '../timeline/search'
import { fullName, short, span, status } from '../words'

const route = getRouteApi('/r/$id')

export default function RunPage() {
  const { id } = route.useParams()
  useBack('/timeline')
  return <One key={id} id={id} />
}

function One({ id }: { id: string }) {
  const now = useNow()
  const answer = useLiveQuery(RUN, { id })
  const path = usePath(answer.data?.run ? id : undefined)
  const r = answer.data?.run
  useTitle(r ? `${t.run}: ${r.job?.name.name ?? r.runId}` : undefined)
  if (!r) return <main id="main" tabIndex={-1}><h1 className="hide">{t.run}</h1><Pane title={t.run} answer={answer} empty={t.noRun} rows={8} /></main>
  return (
    <main id="main" tabIndex={-1}>
      {answer.error && <Body answer={answer} />}
      <Head r={r} now={now} />
      <div className="columns even">
        <div>
          <Pane title={t.inputs} empty={r.reads.length === 0 && t.noInputs} hidden={cut(r.reads.length, r.readCount)}><Reads r={r} now={now} /></Pane>
          <Pane title={t.outputs} empty={r.outputs.length === 0 && t.noOutputs} hidden={cut(MOST, r.outputCount)}><Outputs r={r} now={now} /></Pane>
        </div>
        <Critical answer={path} title={t.because} />
      </div>
      <Pane title={t.children} empty={r.children.nodes.length === 0 && t.noChildren} extra={r.children.nodes.length > 0 && <span className="soft">{t.childCount(r.children.nodes.length, r.children.pageInfo.hasNextPage)}{[...inStates(r.children.nodes)].map(([state, n]) => <span key={state}> · {n} {status(state).word}</span>)}</span>} hidden={r.children.pageInfo.hasNextPage ? { count: null, why: t.childrenCut(r.children.nodes.length) } : undefined}>
        <Children list={r.children.nodes} now={now} />
      </Pane>
      <Pane title={t.facets} empty={r.facets.length === 0 && t.noFacets}>
        {r.facets.map((f, i) => <details key={i} className="facet"><summary><b>{f.key}</b> {f.dataset && <span>{f.side?.toLowerCase()} {f.dataset.name}</span>} <span className="soft"><Time at={f.at} now={now} /></span></summary>{f.value === null ? <p className="soft">{t.tooLarge(f.bytes)}</p> : <pre tabIndex={0}>{JSON.stringify(f.value, null, 2)}</pre>}</details>)}
        <details className="facet"><summary><b>{t.raw}</b></summary><pre tabIndex={0}>{JSON.stringify({ ...r, facets: undefined }, null, 2)}</pre></details>
      </Pane>
    </main>
  )
}

function Head({ r, now }: { r: OneRun; now: number }) {
  const open = r.state === 'RUNNING' || r.state === 'QUEUED'
  const took = r.startedAt ? (Date.parse(r.endedAt ?? iso(now)) - Date.parse(r.startedAt)) / 1000 : null
  const hour = 3600_000
  const around = r.startedAt ? { from: iso(Date.parse(r.startedAt) - hour), to: iso(Date.parse(r.endedAt ?? iso(now)) + hour), of: r.job?.id, up: 3 } : {}
  return (
    <div className="head">
      <Facts>{[t.run, r.job?.integration?.toLowerCase(), r.job?.name.namespace, r.parent && <>{t.parent} <Around run={r.parent} /></>, r.root && r.root.id !== r.parent?.id && r.root.id !== r.id && <>{t.outermost} <Around run={r.root} /></>]}</Facts>
      <div className="title"><h1><AssetLink asset={r.job} name={{ namespace: '', name: r.runId }} heading /></h1>
        <span className="buttons"><Link to="/timeline" search={around}>{t.showTimeline}</Link><Act deed={open ? cancel(r) : again(r)} /><CopyAs of={{ json: () => r, urn: r.id, link: location.origin + place(`r/${r.id}`), cli: r.action?.cause ? whyCommand(r.id) : undefined, asked: asked(RUN, { id: r.id }), file: r.runId }} /></span></div>
      <p className="line status"><Chip code={r.state} />{r.expired && <span>{t.expired[r.expired]}</span>}{r.error && <span className="wrap">{r.error}</span>}</p>
      <Facts>{[
        <Time at={r.startedAt ?? r.endedAt} now={now} />, took !== null && (open ? <>{t.stillGoing}, {span(took)}</> : t.took(span(took))), r.attempt > 1 && t.attempt(r.attempt),
        r.nominalStart && <>{t.forTime} <Time at={r.nominalStart} now={now} />{r.nominalEnd && <> – <Time at={r.nominalEnd} now={now} /></>}</>,
        r.action && <>{t.startedBy} <Link to="/d/$id" params={{ id: r.action.id }}>weir</Link></>, r.engine && <>{t.engine} {r.engine.name} {r.engine.version}</>, r.codeVersion && <>{t.code} <code>{r.codeVersion.slice(0, 12)}</code></>,
        <span><code>{r.runId}</code> <Copy text={r.runId} label={copy} /></span>, r.externalId && r.externalId !== r.runId && <code>{r.externalId}</code>,
      ]}</Facts>
      {r.lineageIncomplete && <p className="note warn"><Shape kind="half" /> {t.incomplete}</p>}
    </div>
  )
}

const nameOf = (r: OneRun) => (r.job ? fullName(r.job.name) : r.runId)
// The run's own job decides where a role is needed, which may have another name than the page shows: only weir knows.
const cancel = (r: OneRun): Deed => ({
  needs: { mutation: 'cancelRun' }, title: t.cancelRun, tool: r.action?.connector ?? r.job?.integration ?? null, target: nameOf(r), effect: t.cancelEffect(r.action?.connector ?? ''), reason: true, command: (_, reason) => order('cancel', [r.id], reason),
  preview: (_, reason) => ({ cancelRun: { run: r.id, reason } }),
  go: async (reason) => {
    const p = (await change(CANCEL_RUN, { input: { run: r.id, reason } })).cancelRun
    return { says: t.asked(p.action.says), id: p.action.id, link: place(`d/${p.action.id}`), position: p.position }
  },
})
const again = (r: OneRun): Deed => ({
  needs: { mutation: 'rerun' }, title: t.rerun, tool: r.action?.connector ?? r.job?.integration ?? null, target: nameOf(r), effect: t.rerunEffect, reason: true, command: (_, reason) => order('rerun', [r.id], reason),
  preview: (_, reason) => ({ rerun: { run: r.id, reason } }),
  go: async (reason) => {
    const p = (await change(RERUN_RUN, { input: { run: r.id, reason } })).rerun
    return { says: t.asked(p.action.says), id: p.action.id, link: place(`d/${p.action.id}`), position: p.position }
  },
})

/** MOST is how many written datasets weir lists the versions of. */
const MOST = 200
/** cut says that a list does not hold all. */
const cut = (n: number, total: number) => (total > n ? { count: total - n, why: t.ioCut(n, total) } : undefined)

function Reads({ r, now }: { r: OneRun; now: number }) {
  return (
    <ul className="rows tight">
      {r.reads.map((x, i) => (
        <li key={i}>
          <div className="line"><AssetLink asset={x.dataset} />{x.partition && <span className="tag">{t.partition} {x.partition}</span>}<span className="figure">{x.version ? <Time at={x.version.producedAt} now={now} /> : t.unknownVersion}</span></div>
          {x.version?.run && <p className="soft">{x.version.run.job?.name.name ? <>{t.writtenBy} <Link to="/r/$id" params={{ id: x.version.run.id }}>{x.version.run.job.name.name}</Link></> : null}{x.dataVersion && <> · {t.version} {x.dataVersion}</>}</p>}
        </li>
      ))}
    </ul>
  )
}

type Child = OneRun['children']['nodes'][number]

/** Around links to a run that contains this one, and says how it stands. */
function Around({ run }: { run: NonNullable<OneRun['parent']> }) {
  return <><Link to="/r/$id" params={{ id: run.id }}>{run.job?.name.name ?? run.runId}</Link> <span className="soft">({status(run.state).word})</span></>
}

/** inStates counts runs by how they stand, the worst first. */
export function inStates(list: { state: string }[]): Map<string, number> {
  const order = ['FAILED', 'UNKNOWN', 'RUNNING', 'QUEUED']
  const out = new Map<string, number>()
  for (const s of [...order, ...list.map((c) => c.state)]) {
    const n = list.filter((c) => c.state === s).length
    if (n > 0) out.set(s, n)
  }
  return out
}

const FEW = 20

function Children({ list, now }: { list: Child[]; now: number }) {
  const [all, setAll] = useState(false)
  const took = (c: Child) => (c.startedAt ? span((Date.parse(c.endedAt ?? iso(now)) - Date.parse(c.startedAt)) / 1000) : '')
  return (
    <>
      <ul className="rows tight">
        {(all ? list : list.slice(0, FEW)).map((c) => (
          <li key={c.id} data-child={c.state}>
            <div className="line"><Chip code={c.state} /><Link className="name" to="/r/$id" params={{ id: c.id }} title={c.runId}><Called name={c.job?.name.name ?? c.runId} title={c.runId} /></Link><span className="figure"><Time at={c.startedAt} now={now} /> · {took(c)}</span></div>
            {c.error && <p className="soft wrap">{short(c.error, 300)}</p>}
          </li>
        ))}
      </ul>
      {!all && list.length > FEW && <button className="quiet" onClick={() => setAll(true)}>{t.showChildren(list.length)}</button>}
    </>
  )
}

function Outputs({ r, now }: { r: OneRun; now: number }) {
  return (
    <ul className="rows tight">
      {r.outputs.map((v) => (
        <li key={v.id}>
          <div className="line"><AssetLink asset={v.dataset} />{v.partition && <span className="tag">{t.partition} {v.partition}</span>}{v.tainted && <span className="chip bad"><Shape kind="cross" />{t.tainted}</span>}<span className="figure"><Time at={v.producedAt} now={now} /></span></div>
          {(v.rowCount !== null || v.dataVersion) && <p className="soft">{v.rowCount !== null && t.rowsWritten(v.rowCount)}{v.dataVersion && <> · {t.version} {v.dataVersion}</>}</p>}
        </li>
      ))}
    </ul>
  )
}
