import { getRouteApi } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { ASSET, WHY, type DatasetDetail, type JobDetail } from '../api'
import { useNow } from '../live'
import { Copy } from '../copyas'
import { useTitle } from '../frame'
import { Body, Pane } from '../pane'
import { ActionRow, AssetLink, Chip, Facts, Says, Time } from '../parts'
import { useLiveQuery } from '../query'
import { deciding, fold, ordered } from './reasons'
import { AssetIcon, Shape } from '../shape'
import { outcome, span, starts, status } from '../words'

const Lineage = lazy(() => import('./mini'))

const route = getRouteApi('/a/$id')

export default function AssetPage() {
  const { id } = route.useParams()
  return <OneAsset key={id} id={id} />
}

function OneAsset({ id }: { id: string }) {
  const now = useNow()
  const answer = useLiveQuery(ASSET, { id }, { about: id })
  const node = answer.data?.node
  const a = node?.__typename === 'Dataset' || node?.__typename === 'Job' ? node : null
  useTitle(a?.name.name)
  if (!a) return <main id="main" tabIndex={-1}><Pane title="Asset" answer={answer} empty="No asset has this id." /></main>
  return (
    <main id="main" tabIndex={-1}>
      <Head a={a} now={now} />
      {answer.error && <Body answer={answer} />}
      <Pane title="Lineage"><Suspense fallback={<div className="skeleton tall"><i /></div>}><Lineage id={a.id} /></Suspense></Pane>
      <Why id={a.id} now={now} />
      <div className="columns even">
        {a.__typename === 'Dataset' ? <DatasetPanes a={a} now={now} /> : <Pane title="Runs" empty={a.runs.nodes.length === 0 && 'No run yet.'}><Runs a={a} now={now} /></Pane>}
        <div>
          {a.__typename === 'Dataset' && <Pane title="Columns" empty={a.fields.nodes.length === 0 && 'No producer has sent its schema.'}><Fields a={a} /></Pane>}
          {a.policies.length > 0 && <Pane title="Policies">{a.policies.map((p) => <details key={p.id}><summary><b>{p.name}</b> <span className="tag">{p.mode.toLowerCase()}</span></summary><p className="soft">{p.source}</p><pre tabIndex={0}>{p.yaml}</pre></details>)}</Pane>}
          {a.statements.nodes.length > 0 && <Statements a={a} now={now} />}
          <Pane title="Names"><ul className="rows">{a.names.map((n) => <li key={n.namespace + n.name}><p className="name">{n.name}</p><Facts>{[n.namespace, n.origin.toLowerCase(), n.evidence]}</Facts></li>)}</ul></Pane>
        </div>
      </div>
    </main>
  )
}

/** bounded are the states in which something keeps the asset back. */
const bounded = new Set(['LATE', 'AT_RISK', 'UNKNOWN'])

function Head({ a, now }: { a: DatasetDetail | JobDetail; now: number }) {
  const dataset = a.__typename === 'Dataset' ? a : null
  const job = a.__typename === 'Job' ? a : null
  const kind = dataset ? dataset.kind.toLowerCase().replace('_', ' ') : `${job?.integration?.toLowerCase() ?? ''} job`.trim()
  const text = `${dataset ? 'dataset' : 'job'}:${a.name.namespace}/${a.name.name}`
  const last = job?.runs.nodes[0]
  return (
    <div className="head">
      <Facts>{[<><AssetIcon job={!dataset} /> {kind}</>, <span title="namespace">{a.name.namespace}</span>, job?.parent && <>part of <AssetLink asset={job.parent} /></>]}</Facts>
      <div className="title">
        <h1 title={text}>{a.name.name}</h1>
        <span className="buttons"><Copy text={text} label="Copy name" /><Copy text={`weir why '${text}'`} label="Copy command" /></span>
      </div>
      {a.description && <p className="lead">{a.description}<Said c={a.descriptionCurated} /></p>}
      <p className="line status">
        {dataset && <><Chip code={dataset.freshness.state} /><span><Says text={dataset.freshness.says} now={now} />{dataset.freshness.because && bounded.has(dataset.freshness.state) && <>, held back by <AssetLink asset={dataset.freshness.because} /></>}</span></>}
        {last && <><Chip code={last.state} /><span>last run <Time at={last.startedAt} now={now} relative /></span></>}
        {a.removedAt && <span className="chip bad"><Shape kind="slash" />dropped</span>}
        {a.declared && <span className="chip calm" title={`since ${a.declared.since}`}>declared by {a.declared.by}</span>}
        {a.url && <a href={a.url} rel="noreferrer">open</a>}
      </p>
      <Facts>
        {[
          a.owners.length > 0 ? <>owned by {a.owners.map((o, i) => <span key={o.name + o.type}>{i > 0 && ', '}<b>{o.name}</b>{o.type ? ` (${o.type})` : ''}<Said c={o.curated} /></span>)}</> : 'no owner known',
          <>last seen <Time at={a.lastSeen} now={now} relative /></>,
          dataset?.freshness.watermark && <>data up to <Time at={dataset.freshness.watermark} now={now} /></>,
          a.tags.length > 0 && a.tags.map((t) => <span className="tag" key={t.key + t.value} title={t.curated ? `set by ${t.curated.by}` : 'sent by a producer'}>{t.key}{t.value ? `: ${t.value}` : ''}</span>),
        ]}
      </Facts>
    </div>
  )
}

/** Said marks what a person stated in the producers' place. */
function Said({ c }: { c?: { by: string; since: string } | null }) {
  return c ? <small className="soft" title={`since ${c.since}`}> said by {c.by}</small> : null
}

/** Statements are what people said of the asset, and took back. */
function Statements({ a, now }: { a: DatasetDetail | JobDetail; now: number }) {
  const more = (a.statements.totalCount ?? 0) - a.statements.nodes.length
  return (
    <Pane title="Said by people">
      <ul className="rows">{a.statements.nodes.map((s) => <li key={s.id}><p className={s.undone ? 'soft' : undefined}>{s.undone ? <s>{s.says}</s> : s.says}</p><Facts>{[s.by, <Time at={s.at} now={now} relative />, s.undone && 'taken back']}</Facts></li>)}</ul>
      {more > 0 && <p className="soft">{more} older ones are not shown.</p>}
    </Pane>
  )
}

function Why({ id, now }: { id: string; now: number }) {
  const answer = useLiveQuery(WHY, { id }, { about: id })
  const d = answer.data?.why
  const first = d ? deciding(d.reasons) : null
  const past = answer.data?.decisions.nodes ?? []
  const actions = answer.data?.actions.nodes ?? []
  return (
    <Pane title="Why" id="why" answer={answer} empty={!d && 'No policy is about this asset, so weir decides nothing here.'} extra={d && <span className="soft">policy {d.policyName ?? 'none'} · mode {d.mode.toLowerCase()}</span>}>
      {d && (
        <div className="columns">
          <div>
            <div className={`verdict ${status(d.outcome).tone}`}>
              <Chip code={d.outcome} word={outcome(d.outcome, d.mode)} />
              <div>
                <p><b><Says text={(first ?? d.reasons[0])?.says ?? ''} now={now} /></b></p>
                <p className="soft">{first?.mayChangeAt && Date.parse(first.mayChangeAt) > now ? <>flips at <Time at={first.mayChangeAt} now={now} /> at the latest, earlier if an event says so</> : first ? 'only an event can change this' : `everything that was asked holds${starts(d.mode) ? '' : `, and in mode ${d.mode.toLowerCase()} weir starts nothing`}`}</p>
              </div>
            </div>
            <ol className="tree">
              {ordered(d.reasons).filter((r) => r.depth > 0).map((r, i) => (
                <li key={i} data-depth={Math.min(r.depth, 6)}>
                  <span className={`mark ${tone(d.outcome, r.value)}`} title={status(r.value).word}><Shape kind={status(r.value).shape} /><span className="hide">{status(r.value).word}</span></span>
                  <p><Says text={r.says} now={now} whole /></p>
                  <code title={r.atom}>{r.atom}</code>
                  {r.mayChangeAt && Date.parse(r.mayChangeAt) > now && <small>flips at <Time at={r.mayChangeAt} now={now} /></small>}
                </li>
              ))}
            </ol>
          </div>
          <div>
            <h3>Actions</h3>
            {actions.length === 0 ? <p className="soft">none yet</p> : <ul className="rows">{actions.slice(0, 4).map((a) => <ActionRow key={a.id} a={a} now={now} />)}</ul>}
            <h3>Earlier decisions</h3>
            {past.length === 0 ? <p className="soft">none yet</p> : <ul className="rows tight">{past.slice(0, 8).map((x) => <li key={x.id}><div className="line"><Chip code={x.outcome} word={outcome(x.outcome, x.mode)} /><span className="figure"><Time at={x.at} now={now} relative /></span></div><p className="says"><Says text={x.reasons[0]?.says ?? ''} now={now} /></p></li>)}</ul>}
          </div>
        </div>
      )}
    </Pane>
  )
}

/** tone: that something does not hold is no trouble when nothing is wanted. */
function tone(outcome: string, value: string): string {
  return value === 'FALSE' && (outcome === 'NOTHING' || outcome === 'SKIP') ? 'calm' : status(value).tone
}

function DatasetPanes({ a, now }: { a: DatasetDetail; now: number }) {
  const checks = fold(a.checks.nodes)
  return (
    <div>
      <Pane title="Versions" empty={a.versions.nodes.length === 0 && 'No run has written it yet.'}>
        <table><thead><tr><th>produced</th><th>by</th><th>run</th></tr></thead><tbody>
          {a.versions.nodes.map((v) => <tr key={v.id}><td><Time at={v.producedAt} now={now} />{v.tainted && <> <span className="chip bad"><Shape kind="cross" />tainted</span></>}</td><td>{v.run?.job ? <AssetLink asset={v.run.job} /> : <span className="soft">seen without a run</span>}</td><td><code title={v.run?.runId}>{v.run?.runId.slice(0, 8)}</code></td></tr>)}
        </tbody></table>
      </Pane>
      <Pane title="Checks" empty={checks.length === 0 && 'No check has reported on it.'}>
        <table><thead><tr><th>newest</th><th>check</th><th>history</th><th>when</th></tr></thead><tbody>
          {checks.map((c) => (
            <tr key={c.key}>
              <td><Chip code={c.newest.outcome} /></td>
              <td>{c.name}{c.field ? ` (${c.field})` : ''}{c.newest.outcome === 'FAIL' && c.newest.message && <p className="soft">{c.newest.message}</p>}</td>
              <td className="soft">{c.results.filter((r) => r.outcome === 'PASS').length} of {c.results.length} passed</td>
              <td><Time at={c.newest.at} now={now} relative /></td>
            </tr>
          ))}
        </tbody></table>
      </Pane>
    </div>
  )
}

function Runs({ a, now }: { a: JobDetail; now: number }) {
  return (
    <table><thead><tr><th>state</th><th>started</th><th>took</th><th>run</th></tr></thead><tbody>
      {a.runs.nodes.map((r) => (
        <tr key={r.id}>
          <td><Chip code={r.state} />{r.error && <p className="soft">{r.error}</p>}</td>
          <td><Time at={r.startedAt} now={now} />{r.attempt > 1 && ` · attempt ${r.attempt}`}</td>
          <td className="soft">{r.startedAt && r.endedAt ? span((Date.parse(r.endedAt) - Date.parse(r.startedAt)) / 1000) : ''}</td>
          <td><code title={r.runId}>{r.runId.slice(0, 8)}</code></td>
        </tr>
      ))}
    </tbody></table>
  )
}

function Fields({ a }: { a: DatasetDetail }) {
  const shown = a.fields.nodes
  const total = a.fields.totalCount ?? shown.length
  return (
    <>
      <table><thead><tr><th>column</th><th>type</th></tr></thead><tbody>{shown.map((f) => <tr key={f.name}><td title={f.description ?? undefined}>{f.name}</td><td className="soft">{f.type}</td></tr>)}</tbody></table>
      {total > shown.length && <p className="soft">{total - shown.length} more are not shown.</p>}
    </>
  )
}
