import { Link } from '@tanstack/react-router'
import { Pane } from '../pane'
import { ActionRow, Chip, Facts, Says, Time } from '../parts'
import { useLiveQuery } from '../query'
import { Shape } from '../shape'
import * as t from '../texts/asset'
import { outcome, starts, status } from '../words'
import { WHY } from './queries'
import { deciding, ordered } from './reasons'

/** Decisions lists what was decided and done about one asset. */
export function Decisions({ id, now }: { id: string; now: number }) {
  const answer = useLiveQuery(WHY, { id }, { about: id })
  const past = answer.data?.decisions.nodes ?? []
  const actions = answer.data?.actions.nodes ?? []
  return (
    <>
      <Why id={id} now={now} />
      <div className="columns even">
        <Pane title={t.decisions} follows answer={answer} empty={past.length === 0 && t.noDecision} hidden={answer.data?.decisions.pageInfo.hasNextPage ? { count: null, why: <Link to="/decisions" search={{ target: id }}>{t.allDecisions}</Link> } : undefined}>
          <ul className="rows tight">
            {past.map((d) => (
              <li key={d.id} data-row="decision">
                <div className="line"><Chip code={d.outcome} word={d.gate ? undefined : outcome(d.outcome, d.mode)} /><span className="figure"><Time at={d.at} now={now} relative /></span></div>
                <p className="says"><Says text={d.reasons[0]?.says ?? ''} now={now} /></p>
                <Facts>{[t.verdict.policy(d.policyName, d.mode), <code key="id">{d.id}</code>]}</Facts>
              </li>
            ))}
          </ul>
        </Pane>
        <Pane title={t.actions} follows answer={answer} empty={actions.length === 0 && t.noAction} hidden={answer.data?.actions.pageInfo.hasNextPage ? { count: null, why: <Link to="/decisions" search={{ tab: 'actions', target: id }}>{t.allActions}</Link> } : undefined}>
          <ul className="rows">{actions.map((a) => <ActionRow key={a.id} a={a} now={now} />)}</ul>
        </Pane>
      </div>
    </>
  )
}

/** Why says what weir makes of the asset now, as an evaluated tree. */
export function Why({ id, now }: { id: string; now: number }) {
  const answer = useLiveQuery(WHY, { id }, { about: id })
  const d = answer.data?.why
  const first = d ? deciding(d.reasons) : null
  return (
    <Pane title={t.why} id="why" answer={answer} empty={!d && t.noPolicyWhy} extra={d && <span className="soft">{t.verdict.policy(d.policyName, d.mode)}</span>}>
      {d && (
        <>
            <div className={`verdict ${status(d.outcome).tone}`}>
              <Chip code={d.outcome} word={outcome(d.outcome, d.mode)} />
              <div>
                <p><b><Says text={(first ?? d.reasons[0])?.says ?? ''} now={now} /></b></p>
                <p className="soft">{first?.mayChangeAt && Date.parse(first.mayChangeAt) > now ? <>{t.verdict.flips} <Time at={first.mayChangeAt} now={now} /> {t.verdict.atLatest}</> : first ? t.verdict.onlyEvent : t.verdict.allHolds + (starts(d.mode) ? '' : t.verdict.startsNothing(d.mode))}</p>
              </div>
            </div>
            <ol className="tree">
              {ordered(d.reasons).filter((r) => r.depth > 0).map((r, i) => (
                <li key={i} data-depth={Math.min(r.depth, 6)}>
                  <span className={`mark ${tone(d.outcome, r.value)}`} title={status(r.value).word}><Shape kind={status(r.value).shape} /><span className="hide">{status(r.value).word}</span></span>
                  <p><Says text={r.says} now={now} whole /></p>
                  <code title={r.atom}>{r.atom}</code>
                  {r.mayChangeAt && Date.parse(r.mayChangeAt) > now && <small>{t.verdict.flips} <Time at={r.mayChangeAt} now={now} /></small>}
                </li>
              ))}
            </ol>
        </>
      )}
    </Pane>
  )
}

/** tone: that something does not hold is no trouble when nothing is wanted. */
function tone(outcome: string, value: string): string {
  return value === 'FALSE' && (outcome === 'NOTHING' || outcome === 'SKIP') ? 'calm' : status(value).tone
}

