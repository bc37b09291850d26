import { Link } from '@tanstack/react-router'
import { deciding, ordered } from '../asset/reasons'
import { Chip, Says, Time } from '../parts'
import { Shape } from '../shape'
import * as t from '../texts/decisions'
import { outcome, starts, status } from '../words'
import type { Cause } from './queries'

type Evidence = Cause['evidence'][number]
type Judged = Pick<Cause, 'outcome' | 'mode' | 'reasons'>

/** Verdict says what was concluded, what decided it, and what can flip it. */
export function Verdict({ d, now }: { d: Judged; now: number }) {
  const first = deciding(d.reasons)
  return (
    <div className={`verdict ${status(d.outcome).tone}`}>
      <Chip code={d.outcome} word={outcome(d.outcome, d.mode)} />
      <div>
        <p><b><Says text={(first ?? d.reasons[0])?.says ?? ''} now={now} /></b></p>
        <p className="soft">
          {first?.mayChangeAt && Date.parse(first.mayChangeAt) > now ? <>{t.flips} <Time at={first.mayChangeAt} now={now} /> {t.latest}</> : first ? t.onlyEvents : `${t.allHolds}${starts(d.mode) ? '' : `; ${t.startsNothing(d.mode.toLowerCase())}`}`}
        </p>
      </div>
    </div>
  )
}

/** Tree is the evaluated tree, what does not hold first, each node with what it rests on. */
export function Tree({ d, evidence, now }: { d: Judged; evidence: readonly Evidence[]; now: number }) {
  const number = new Map(evidence.map((e, i) => [e.id, i + 1]))
  const calm = d.outcome === 'NOTHING' || d.outcome === 'SKIP'
  return (
    <ol className="tree">
      {ordered(d.reasons as never).filter((r) => r.depth > 0).map((r, i) => (
        <li key={i} data-depth={Math.min(r.depth, 6)}>
          <span className={`mark ${r.value === 'FALSE' && calm ? 'calm' : status(r.value).tone}`} title={status(r.value).word}><Shape kind={status(r.value).shape} /><span className="hide">{status(r.value).word}</span></span>
          <p><Says text={r.says} now={now} whole />{[...new Set((r as Cause['reasons'][number]).evidence)].map((id) => number.has(id) && <sup key={id}><a href={`#evidence-${number.get(id)}`} aria-label={`${t.evidence} ${number.get(id)}`}>{number.get(id)}</a></sup>)}</p>
          <code title={r.atom}>{r.atom}</code>
          {r.mayChangeAt && Date.parse(r.mayChangeAt) > now && <small>{t.flips} <Time at={r.mayChangeAt} now={now} /></small>}
        </li>
      ))}
    </ol>
  )
}

/** EvidenceList names what the reasons rest on, with a way there. */
export function EvidenceList({ list, now }: { list: readonly Evidence[]; now: number }) {
  if (list.length === 0) return <p className="soft">{t.noEvidence}</p>
  return <ol className="evidence">{list.map((e, i) => <li key={e.id} id={`evidence-${i + 1}`}><EvidenceLink e={e}><Says text={e.says} now={now} whole /></EvidenceLink></li>)}</ol>
}

function EvidenceLink({ e, children }: { e: Evidence; children: React.ReactNode }) {
  const n = e.node
  if (n?.__typename === 'Run') return <Link to="/r/$id" params={{ id: n.id }}>{children}</Link>
  if (n?.__typename === 'Decision' || n?.__typename === 'Action') return <Link to="/d/$id" params={{ id: n.id }}>{children}</Link>
  if (n?.__typename === 'Version' && n.run) return <Link to="/r/$id" params={{ id: n.run.id }}>{children}</Link>
  if (n?.__typename === 'Version' && n.dataset) return <Link to="/a/$id" params={{ id: n.dataset.id }}>{children}</Link>
  return <span title={e.id}>{children}</span>
}
