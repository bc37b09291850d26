import { ACTIVITY, type Action, type Decision } from './api'
import { useNow } from './live'
import { AssetLink, Chip, Pane, Time, useLiveQuery } from './parts'
import { ActionRow } from './today'
import { ago } from './words'

export function Activity() {
  const now = useNow()
  const { data, error, loading, again } = useLiveQuery<{ actions: { nodes: Action[] }; decisions: { nodes: Decision[] } }>(ACTIVITY, {})
  return (
    <main>
      <h1>Decisions and actions</h1>
      <div className="columns">
        <Pane title="Decisions" error={error} loading={loading} again={again} empty={data?.decisions.nodes.length === 0 ? 'Nothing decided yet.' : undefined}>
          <ul className="rows">{data?.decisions.nodes.map((d) => (
            <li key={d.id}><div className="line"><Chip code={d.outcome} /><AssetLink asset={d.target} name={d.targetName} />{d.gate && <span className="tag">gate</span>}</div><p>{d.reasons[0]?.says}</p><p className="meta">{d.policyName ?? 'no policy'} · <Time at={d.at} text={ago(d.at, now)} /></p></li>
          ))}</ul>
        </Pane>
        <Pane title="Actions" error={error} loading={loading} again={again} empty={data?.actions.nodes.length === 0 ? 'weir has not acted yet.' : undefined}>
          <ul className="rows">{data?.actions.nodes.map((a) => <ActionRow key={a.id} a={a} now={now} />)}</ul>
        </Pane>
      </div>
    </main>
  )
}
