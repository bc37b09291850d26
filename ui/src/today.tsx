import { TODAY, type Action, type Decision, type LateDataset, type Today as Data } from './api'
import { useNow } from './live'
import { AssetLink, Chip, Pane, Time, useLiveQuery } from './parts'
import { ago, open } from './words'
import { FirstSteps } from './firststeps'

/** waiting keeps the newest decision of each policy on each asset, if it waits. */
export function waiting(decisions: Decision[]): Decision[] {
  const newest = new Map<string, Decision>()
  for (const d of decisions) {
    const key = `${d.policyName}|${d.targetName.namespace}/${d.targetName.name}|${d.gate}`
    if (!newest.has(key)) newest.set(key, d)
  }
  return [...newest.values()].filter((d) => d.outcome === 'WAIT' || d.outcome === 'HOLD')
}

export function Today() {
  const now = useNow()
  const { data, error, loading, again } = useLiveQuery<Data>(TODAY, {})
  const late = data?.late.nodes ?? []
  const known = new Set(late.map((d) => d.id))
  const waits = waiting(data?.decisions.nodes ?? []).filter((d) => !d.target || !known.has(d.target.id))
  const running = (data?.actions.nodes ?? []).filter((a) => open.has(a.state))
  const done = (data?.actions.nodes ?? []).filter((a) => !open.has(a.state)).slice(0, 12)
  const lateOnly = late.filter((d) => d.freshness.state === 'LATE')
  const risk = late.filter((d) => d.freshness.state !== 'LATE')
  if (data && data.assets.nodes.length === 0) return <FirstSteps />
  return (
    <main>
      <h1>Today</h1>
      <div className="numbers">
        <Number label="late" value={lateOnly.length} code="LATE" />
        <Number label="at risk" value={risk.length} code="AT_RISK" />
        <Number label="waiting" value={waits.length} code="WAIT" />
        <Number label="running" value={running.length} code="RUNNING" />
      </div>
      <div className="columns">
        <div>
          <Pane title="Needs attention" error={error} loading={loading} again={again} empty={data && late.length === 0 && waits.length === 0 ? 'Nothing is late, at risk or waiting.' : undefined}>
            <ul className="rows">
              {late.map((d) => <Late key={d.id} d={d} now={now} />)}
              {waits.map((d) => <Waiting key={d.id} d={d} now={now} />)}
            </ul>
          </Pane>
        </div>
        <div>
          <Pane title="In progress" error={error} loading={loading} again={again} empty={data && running.length === 0 ? 'No action is under way.' : undefined}>
            <ul className="rows">{running.map((a) => <ActionRow key={a.id} a={a} now={now} />)}</ul>
          </Pane>
          <Pane title="Done lately" error={error} loading={loading} again={again} empty={data && done.length === 0 ? 'weir has not acted yet.' : undefined}>
            <ul className="rows">{done.map((a) => <ActionRow key={a.id} a={a} now={now} />)}</ul>
          </Pane>
        </div>
      </div>
    </main>
  )
}

function Number({ label, value, code }: { label: string; value: number; code: string }) {
  return (
    <div className="number" data-kind={label}>
      <strong>{value}</strong>
      {value > 0 ? <Chip code={code} /> : <span className="chip calm">{label}</span>}
    </div>
  )
}

function Late({ d, now }: { d: LateDataset; now: number }) {
  const f = d.freshness
  return (
    <li data-row="late">
      <div className="line"><Chip code={f.state} /><AssetLink asset={d} /></div>
      <p>{f.says}</p>
      <p className="meta">
        {f.policy && <>policy {f.policy.name} · ask {f.policy.owner ?? 'nobody named'} · </>}
        {f.because && <>because of <AssetLink asset={f.because} /> · </>}
        data <Time at={f.watermark} text={ago(f.watermark, now)} />
      </p>
    </li>
  )
}

function Waiting({ d, now }: { d: Decision; now: number }) {
  return (
    <li data-row="waiting">
      <div className="line"><Chip code={d.outcome} /><AssetLink asset={d.target} name={d.targetName} />{d.gate && <span className="tag">gate</span>}</div>
      <p>{d.reasons[0]?.says}</p>
      <p className="meta">policy {d.policyName ?? 'none'} · since <Time at={d.at} text={ago(d.at, now)} /></p>
    </li>
  )
}

export function ActionRow({ a, now }: { a: Action; now: number }) {
  const last = a.transitions[a.transitions.length - 1]
  return (
    <li data-row="action" data-state={a.state}>
      <div className="line">
        <Chip code={a.state} />
        <span><b>{a.toolJob}</b> on {a.connector}</span>
      </div>
      <p>for <AssetLink asset={a.target} name={a.targetName} /></p>
      <p className="meta">
        {last ? <>{last.cause} · <Time at={last.at} text={ago(last.at, now)} /></> : a.says}
        {a.url && <> · <a href={a.url} rel="noreferrer">open in {a.connector}</a></>}
      </p>
    </li>
  )
}
