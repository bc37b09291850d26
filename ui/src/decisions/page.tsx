import { ACTIVITY } from '../api'
import { useNow } from '../live'
import { Pane } from '../pane'
import { ActionRow, AssetLink, Chip, Facts, Says, Time } from '../parts'
import { useLiveQuery } from '../query'
import { outcome } from '../words'

export default function Decisions() {
  const now = useNow()
  const answer = useLiveQuery(ACTIVITY, {})
  const decisions = answer.data?.decisions.nodes ?? []
  const actions = answer.data?.actions.nodes ?? []
  return (
    <main id="main" tabIndex={-1}>
      <div className="title"><h1>Decisions and actions</h1></div>
      <div className="columns">
        <Pane title="Decisions" answer={answer} empty={decisions.length === 0 && 'Nothing decided yet.'}>
          <ul className="rows">
            {decisions.map((d) => (
              <li key={d.id}>
                <div className="line"><Chip code={d.outcome} word={d.gate ? undefined : outcome(d.outcome, d.mode)} /><AssetLink asset={d.target} name={d.targetName} />{d.gate && <span className="tag">asks the gate</span>}<span className="figure"><Time at={d.at} now={now} relative /></span></div>
                <p className="says"><Says text={d.reasons[0]?.says ?? ''} now={now} /></p>
                <Facts>{[d.policyName ? <>policy {d.policyName}</> : 'no policy', <>mode {d.mode.toLowerCase()}</>, d.action && 'made an action']}</Facts>
              </li>
            ))}
          </ul>
        </Pane>
        <Pane title="Actions" follows answer={answer} empty={actions.length === 0 && 'weir has not started anything yet.'}>
          <ul className="rows">{actions.map((a) => <ActionRow key={a.id} a={a} now={now} />)}</ul>
        </Pane>
      </div>
    </main>
  )
}
