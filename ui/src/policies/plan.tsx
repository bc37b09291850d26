import { useNow } from '../live'
import { AssetLink, Chip, Says, Time } from '../parts'
import * as t from '../texts/policies'
import { outcome } from '../words'
import type { Outlook, Plan } from './queries'

/** Outlooks shows a plan: the keys that differ, and what that means for assets. */
export function Outlooks({ plan }: { plan: Plan }) {
  const now = useNow()
  return (
    <>
      {plan.changes.map((c) => (
        <div key={`${c.of} ${c.policy}`} className="diff">
          <p><span className={`tag ${c.kind === 'REMOVED' ? 'spent' : ''}`}>{t.kinds[c.kind]}</span> <b>{c.policy}</b> <span className="soft">{c.of.toLowerCase()} · {c.source}</span></p>
          {c.fields.length > 0 && (
            <table>
              <thead><tr><th>{t.columns.what}</th><th>{t.columns.before}</th><th>{t.columns.after}</th></tr></thead>
              <tbody>{c.fields.map((f) => <tr key={f.key}><td><code>{f.key}</code></td><td>{f.before === null ? t.nothing : <del><code>{f.before}</code></del>}</td><td>{f.after === null ? t.nothing : <ins><code>{f.after}</code></ins>}</td></tr>)}</tbody>
            </table>
          )}
        </div>
      ))}
      {!plan.empty && (
        <>
          <h3>{t.effects}</h3>
          {plan.effects.length === 0 ? <p className="soft">{t.noEffects}</p> : (
            <div className="scroll"><table>
              <thead><tr><th>{t.columns.asset}</th><th>{t.columns.name}</th><th>{t.columns.before}</th><th>{t.columns.after}</th></tr></thead>
              <tbody>{plan.effects.map((e) => <tr key={e.policy + e.asset}><td><AssetLink asset={{ __typename: 'Dataset', id: e.asset, name: e.name }} /></td><td>{e.policy}</td><td><View o={e.before} now={now} /></td><td><View o={e.after} now={now} /></td></tr>)}</tbody>
            </table></div>
          )}
          {plan.cut && <p className="partial">{t.cut}</p>}
        </>
      )}
    </>
  )
}

function View({ o, now }: { o: Outlook | null; now: number }) {
  if (!o) return <span className="soft">{t.nothing}</span>
  return (
    <div className="outlook">
      <p className="line"><Chip code={o.outcome} word={outcome(o.outcome, o.mode)} /><span className="tag">{o.mode.toLowerCase().replace('_', ' ')}</span>{o.toolJob && <span><b>{o.toolJob}</b> <span className="soft">{o.connector}</span></span>}</p>
      <p><Says text={o.says} now={now} /></p>
      <p className="soft">{o.runs !== null && <>{t.runsSoFar(o.runs, o.basis)} </>}{o.deadline && <>· {t.deadline} <Time at={o.deadline} now={now} /></>}{o.unresolved && <> · {o.unresolved}</>}</p>
    </div>
  )
}
