import { lazy, Suspense } from 'react'
import { ASSET, WHY, type Action, type AssetDetail, type Decision } from './api'
import { useNow } from './live'
import { AssetLink, Chip, Copy, Pane, Time, Tree, useLiveQuery } from './parts'
import { ActionRow } from './today'
import { ago } from './words'

const Lineage = lazy(() => import('./lineage'))

export function AssetPage({ id }: { id: string }) {
  const now = useNow()
  const { data, error, loading, again } = useLiveQuery<{ node: AssetDetail | null }>(ASSET, { id })
  const a = data?.node
  if (error || loading || !a) {
    return <main><Pane title="Asset" error={error} loading={loading} again={again} empty={data && !a ? 'No asset has this id.' : undefined} /></main>
  }
  const text = `${a.__typename.toLowerCase()}:${a.name.namespace}/${a.name.name}`
  return (
    <main>
      <div className="head">
        <p className="meta"><span className="tag">{a.__typename === 'Job' ? `${a.integration ?? ''} job`.trim().toLowerCase() : (a.kind ?? 'dataset').toLowerCase()}</span> <span title="namespace">{a.name.namespace}</span></p>
        <h1 title={text}>{a.name.name}</h1>
        {a.description && <p className="lead">{a.description}</p>}
        <p className="line">
          {a.freshness && <><Chip code={a.freshness.state} /> <span>{a.freshness.says}</span></>}
          {a.removedAt && <span className="chip bad">■ dropped</span>}
        </p>
        <p className="meta">
          {a.owners && a.owners.length > 0 ? <>owned by {a.owners.map((o) => o.name).join(', ')}</> : 'no owner known'} · last seen <Time at={a.lastSeen} text={ago(a.lastSeen, now)} />
          {a.tags?.map((t) => <span className="tag" key={t.key + t.value}>{t.key}{t.value ? `: ${t.value}` : ''}</span>)}
          <Copy text={text} label="Copy name" /> <Copy text={`weir why ${text}`} label="Copy command" />
        </p>
      </div>
      <Pane title="Lineage"><Suspense fallback={<div className="skeleton tall"><i /></div>}><Lineage id={a.id} /></Suspense></Pane>
      <Why id={a.id} now={now} />
      <div className="columns">
        <div>
          {a.versions && <Pane title="Versions" empty={a.versions.nodes.length === 0 ? 'No run has written it yet.' : undefined}><Versions a={a} now={now} /></Pane>}
          {a.runs && <Pane title="Runs" empty={a.runs.nodes.length === 0 ? 'No run yet.' : undefined}><Runs a={a} now={now} /></Pane>}
          {a.checks && <Pane title="Checks" empty={a.checks.nodes.length === 0 ? 'No check has reported on it.' : undefined}><Checks a={a} now={now} /></Pane>}
        </div>
        <div>
          {a.fields && <Pane title="Columns" empty={a.fields.nodes.length === 0 ? 'No producer has sent its schema.' : undefined}><Fields a={a} /></Pane>}
          <Pane title="Names"><ul className="rows">{a.names.map((n) => <li key={n.namespace + n.name}><p><b>{n.name}</b></p><p className="meta">{n.namespace} · {n.origin.toLowerCase()}{n.evidence ? ` (${n.evidence})` : ''}</p></li>)}</ul></Pane>
          {a.policies.length > 0 && <Pane title="Policies">{a.policies.map((p) => <details key={p.id}><summary>{p.name} <span className="tag">{p.mode.toLowerCase()}</span> <span className="meta">{p.source}</span></summary><pre tabIndex={0}>{p.yaml}</pre></details>)}</Pane>}
        </div>
      </div>
    </main>
  )
}

type WhyData = { why: Decision | null; decisions: { nodes: Decision[] }; actions: { nodes: Action[] } }

function Why({ id, now }: { id: string; now: number }) {
  const { data, error, loading, again } = useLiveQuery<WhyData>(WHY, { id })
  const d = data?.why
  return (
    <Pane title="Why" id="why" error={error} loading={loading} again={again} empty={data && !d ? 'No policy is about this asset, so weir decides nothing here.' : undefined}>
      {d && (
        <div className="columns">
          <div>
            <p className="line"><Chip code={d.outcome} /> <span>policy {d.policyName} · mode {d.mode.toLowerCase()}</span></p>
            <Tree reasons={d.reasons} now={now} />
          </div>
          <div>
            <h3>Actions</h3>
            {data.actions.nodes.length === 0 ? <p className="meta">none yet</p> : <ul className="rows">{data.actions.nodes.slice(0, 5).map((a) => <ActionRow key={a.id} a={a} now={now} />)}</ul>}
            <h3>Earlier decisions</h3>
            <ul className="rows tight">{data.decisions.nodes.slice(0, 8).map((x) => <li key={x.id}><div className="line"><Chip code={x.outcome} /><span>{x.reasons[0]?.says}</span></div><p className="meta">{x.policyName} · <Time at={x.at} text={ago(x.at, now)} /></p></li>)}</ul>
          </div>
        </div>
      )}
    </Pane>
  )
}

function Versions({ a, now }: { a: AssetDetail; now: number }) {
  return (
    <table><thead><tr><th>produced</th><th>by</th><th>run</th></tr></thead><tbody>
      {a.versions!.nodes.map((v) => <tr key={v.id}><td><Time at={v.producedAt} text={ago(v.producedAt, now)} /> {v.tainted && <span className="chip bad">✕ tainted</span>}</td><td>{v.run?.job ? <AssetLink asset={v.run.job} /> : 'seen without a run'}</td><td><code title={v.run?.runId}>{v.run?.runId.slice(0, 8)}</code></td></tr>)}
    </tbody></table>
  )
}

function Runs({ a, now }: { a: AssetDetail; now: number }) {
  return (
    <table><thead><tr><th>state</th><th>started</th><th>run</th></tr></thead><tbody>
      {a.runs!.nodes.map((r) => <tr key={r.id}><td><Chip code={r.state} /></td><td><Time at={r.startedAt} text={ago(r.startedAt, now)} />{r.attempt > 1 && ` · attempt ${r.attempt}`}</td><td><code title={r.error ?? r.runId}>{r.runId.slice(0, 13)}</code></td></tr>)}
    </tbody></table>
  )
}

function Checks({ a, now }: { a: AssetDetail; now: number }) {
  return (
    <table><thead><tr><th>result</th><th>check</th><th>when</th></tr></thead><tbody>
      {a.checks!.nodes.map((c, i) => <tr key={i}><td><Chip code={c.outcome} /></td><td>{c.name}{c.field ? ` (${c.field})` : ''}</td><td><Time at={c.at} text={ago(c.at, now)} /></td></tr>)}
    </tbody></table>
  )
}

function Fields({ a }: { a: AssetDetail }) {
  const total = a.fields!.totalCount ?? a.fields!.nodes.length
  return (
    <>
      <table><thead><tr><th>column</th><th>type</th></tr></thead><tbody>{a.fields!.nodes.map((f) => <tr key={f.name}><td title={f.description ?? undefined}>{f.name}</td><td className="meta">{f.type}</td></tr>)}</tbody></table>
      {total > a.fields!.nodes.length && <p className="meta">{total - a.fields!.nodes.length} more are not shown.</p>}
    </>
  )
}
