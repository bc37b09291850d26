import { getRouteApi, Link } from '@tanstack/react-router'
import { place } from '../base'
import { asked } from '../asked'
import { whyCommand } from '../commands'
import { CopyAs } from '../copyas'
import { Deeds, Pause } from '../decisions/deeds'
import { NODE, OTHERS, type OneAction, type OneDecision } from '../decisions/queries'
import { EvidenceList, Tree, Verdict } from '../decisions/tree'
import '../decisions/decisions.css'
import { useBack, useTitle } from '../frame'
import { useNow } from '../live'
import { Body, Pane } from '../pane'
import { AssetLink, Chip, Facts, Says, Time, web } from '../parts'
import { useLiveQuery } from '../query'
import * as t from '../texts/decisions'
import { openStates, outcome } from '../words'

const route = getRouteApi('/d/$id')

export default function OnePage() {
  const { id } = route.useParams()
  useBack('/decisions')
  return <One key={id} id={id} />
}

function One({ id }: { id: string }) {
  const now = useNow()
  const answer = useLiveQuery(NODE, { id })
  const node = answer.data?.node
  const found = node?.__typename === 'Decision' || node?.__typename === 'Action' ? node : null
  useTitle(found ? `${found.__typename === 'Action' ? t.detail.action : t.detail.decision}: ${found.targetName.name}` : undefined)
  if (!found) return <main id="main" tabIndex={-1}><h1 className="hide">{t.detail.decision}</h1><Pane title={t.detail.decision} answer={answer} empty={t.detail.none} rows={8} /></main>
  return (
    <main id="main" tabIndex={-1}>
      {answer.error && <Body answer={answer} />}
      {found.__typename === 'Decision' ? <DecisionPage d={found} now={now} /> : <ActionPage a={found} now={now} />}
    </main>
  )
}

function DecisionPage({ d, now }: { d: OneDecision; now: number }) {
  return (
    <>
      <div className="head">
        <Facts>{[t.detail.decision, <Time at={d.at} now={now} />, d.policyName ? <Link to="/policies" search={{ name: d.policyName } as never}>{d.policyName}</Link> : t.noPolicy, d.mode.toLowerCase().replace('_', ' '), d.gate && t.asksGate, d.policy?.owner, <code>{d.id}</code>]}</Facts>
        <div className="title"><h1><AssetLink asset={d.target} name={d.targetName} heading /></h1><span className="buttons"><CopyAs of={{ urn: d.id, json: () => d, cli: whyCommand(d.id), asked: asked(NODE, { id: d.id }), file: d.id }} /></span></div>
      </div>
      <div className="columns">
        <Pane title={t.why}><Verdict d={d} now={now} /><Tree d={d} evidence={d.evidence} now={now} /></Pane>
        <div>
          {d.action && <Pane title={t.made}><p className="line"><Chip code={d.action.state} /><Link to="/d/$id" params={{ id: d.action.id }}><b>{d.action.toolJob || d.action.kind.toLowerCase()}</b></Link><span className="soft">{d.action.connector}</span></p><p className="says"><Says text={d.action.says} now={now} whole /></p>{d.action.jobPause && <Facts>{[<Pause a={d.action} now={now} />]}</Facts>}<Deeds a={d.action} /></Pane>}
          <Pane title={t.evidence}><EvidenceList list={d.evidence} now={now} /></Pane>
          {d.target && <Others id={d.id} target={d.target.id} name={d.targetName.name} now={now} />}
        </div>
      </div>
    </>
  )
}

/** shownOthers is how many other decisions a page shows; one more is asked for, for the page's own may be among them. */
const shownOthers = 5

function Others({ id, target, name, now }: { id: string; target: string; name: string; now: number }) {
  const answer = useLiveQuery(OTHERS, { target, first: shownOthers + 1 }, { about: target })
  const others = (answer.data?.decisions.nodes ?? []).filter((d) => d.id !== id).slice(0, shownOthers)
  return (
    <Pane title={t.related} answer={answer}>
      {others.length === 0 && <p className="soft">{t.nothingElse}</p>}
      <ul className="plain">{others.map((d) => <li key={d.id} className="line"><Chip code={d.outcome} word={d.gate ? undefined : outcome(d.outcome, d.mode)} /><Link to="/d/$id" params={{ id: d.id }}>{d.policyName || t.noPolicy}</Link><span className="figure"><Time at={d.at} now={now} /></span></li>)}</ul>
      <Facts>{[others.length > 0 && <Link to="/decisions" search={{ target } as never}>{t.allOn(name)}</Link>, <Link to="/lineage" search={{ focus: [target], asOf: id }}>{t.lineageThen}</Link>]}</Facts>
    </Pane>
  )
}

function ActionPage({ a, now }: { a: OneAction; now: number }) {
  const sent = a.transitions.filter((s) => s.to === 'DISPATCHING').length
  const q = a.admission.approval
  return (
    <>
      <div className="head">
        <Facts>{[`${t.detail.action}: ${a.kind.toLowerCase()}`, <Time at={a.createdAt} now={now} />, a.policies[0] && <Link to="/policies" search={{ name: a.policies[0] } as never}>{a.policies[0]}</Link>, a.askedBy && t.askedBy(a.askedBy), a.reason, <code>{a.id}</code>]}</Facts>
        <div className="title"><h1>{a.toolJob || a.targetName.name}</h1><span className="buttons"><Deeds a={a} /><CopyAs of={{ urn: a.id, json: () => a, link: location.origin + place(`d/${a.id}`), cli: a.cause ? whyCommand(a.id) : undefined, asked: asked(NODE, { id: a.id }), file: a.id }} /></span></div>
        <p className="line status"><Chip code={a.state} /><span><Says text={a.says} now={now} whole /></span>{web(a.url) && <a href={a.url!} rel="noreferrer">{t.openIn(a.connector)}</a>}{a.run && <Link to="/r/$id" params={{ id: a.run.id }}>{t.run}</Link>}</p>
        <Facts>{[<>{t.on} <AssetLink asset={a.target} name={a.targetName} /></>, a.connector, t.attempts(sent), a.nominalTime && <>{t.forTime} <Time at={a.nominalTime} now={now} /></>, a.admission.pool && t.pool(a.admission.pool, a.admission.slots, a.admission.class ?? ''), a.of && <>{t.of} <Link to="/d/$id" params={{ id: a.of.id }}>{a.of.toolJob}</Link></>, a.parent && <>{t.partOf} <Link to="/d/$id" params={{ id: a.parent.id }}>{a.parent.toolJob}</Link></>, a.jobPause && <Pause a={a} now={now} />]}</Facts>
      </div>
      {q && !q.by && a.state === 'AWAITING_APPROVAL' && <Pane title={t.asks}><ul>{q.why.map((w) => <li key={w}>{w}</li>)}</ul><p className="soft">{t.until} <Time at={q.until} now={now} /></p></Pane>}
      <div className="columns">
        <div>
          {a.cause && <Pane title={t.why} extra={<Link to="/d/$id" params={{ id: a.cause.id }}>{t.detail.decision}</Link>}><Verdict d={a.cause} now={now} /><Tree d={a.cause} evidence={a.cause.evidence} now={now} /></Pane>}
          {a.cause && <Pane title={t.evidence}><EvidenceList list={a.cause.evidence} now={now} /></Pane>}
        </div>
        <div>
          <Pane title={t.history}>
            <ol className="steps-list">{a.transitions.map((s, i) => <li key={i}><div className="line"><Chip code={s.to} /><span className="figure"><Time at={s.at} now={now} /></span></div><p className="says"><Says text={s.cause} now={now} whole /></p><Facts>{[s.actor, s.evidence && <code title={s.evidence}>{s.evidence.slice(0, 18)}</code>]}</Facts></li>)}</ol>
            {q?.by && <p className="soft">{t.approved(q.by)}{q.reason ? `: ${q.reason}` : ''}</p>}
          </Pane>
          {a.pins.length > 0 && <Pane title={t.pins}><ul className="plain">{a.pins.map((p) => <li key={p.input} className="line"><AssetLink asset={{ __typename: 'Dataset', id: p.input, name: p.name }} /><span className="figure"><Time at={p.producedAt} now={now} /></span></li>)}</ul></Pane>}
          {(a.key || (openStates.has(a.state) && a.connector)) && <Pane title={t.keyTitle} id="key"><p>{a.key ? <code className="wrap">{a.key}</code> : <span className="soft">{t.noKeyYet}</span>}</p></Pane>}
        </div>
      </div>
    </>
  )
}
