import { getRouteApi, Link } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { outermost } from './attention'
import { asked } from '../asked'
import { causesCommand, nextCommand } from '../commands'
import { CopyAs } from '../copyas'
import { Causes, FEW, MOST, useSteady } from './causes'
import { FirstSteps } from './firststeps'
import { TODAY, type Proposed, type Run, type System } from './queries'
import { causesForms, nextForms } from './taken'
import type { TodayQuery } from '../gen/graphql'
import { useNow } from '../live'
import { Pane } from '../pane'
import { ActionRow, AssetLink, Chip, Facts, Says, Time } from '../parts'
import { useLiveQuery, type Answer } from '../query'
import { Shape } from '../shape'
import * as t from '../texts/today'
import { span, status } from '../words'
import './today.css'

const route = getRouteApi('/')

export default function Today() {
  const { steps, all = false } = route.useSearch()
  const navigate = route.useNavigate()
  const [first, setFirst] = useState(false)
  const answer = useLiveQuery(TODAY, { members: all ? MOST : FEW }, { keep: true })
  const empty = answer.data?.assets.nodes.length === 0
  // Who came to an empty weir sees the lines turn green, and goes on by hand.
  if (empty && !first) setFirst(true)
  if (steps || empty || first) return <FirstSteps onDone={() => setFirst(false)} />
  return <Board answer={answer} all={all} onAll={(more) => void navigate({ search: { all: more || undefined }, replace: true, resetScroll: false })} />
}

function Board({ answer, all, onAll }: { answer: Answer<TodayQuery>; all: boolean; onAll: (all: boolean) => void }) {
  const now = useNow()
  const data = answer.data
  const wrong = data?.attention
  const rows = useSteady(wrong?.nodes)
  const of = (...states: string[]) => wrong && wrong.counts.filter((c) => states.includes(c.state)).reduce((n, c) => n + c.count, 0)
  const open = data?.open.nodes ?? []
  const done = data?.done.nodes ?? []
  const runs = outermost(data?.runs.nodes ?? [])
  const next = (data?.next.nodes ?? []).filter((a) => a.state === 'PROPOSED')
  const nextCut = data && (data.next.cut ?? (data.next.pageInfo.hasNextPage ? t.goesOn : null))
  const nowCut = data && (data.open.pageInfo.hasNextPage || data.runs.pageInfo.hasNextPage)
  const question = asked(TODAY, { members: all ? MOST : FEW })
  const hidden = wrong && [wrong.pageInfo.hasNextPage && t.worst(wrong.nodes.length, wrong.totalCount), wrong.cut].filter(Boolean).join('; ')
  return (
    <main id="main" tabIndex={-1}>
      <div className="title"><h1>{t.title}</h1>{data && <Weir system={data.system} />}</div>
      {data && <Troubles system={data.system} />}
      <div className="numbers">
        <Number code="LATE" value={of('LATE')} what={wrong && t.alsoWrong(wrong.counts) ? `${t.late}; ${t.alsoWrong(wrong.counts)}` : t.late} />
        <Number code="AT_RISK" value={of('AT_RISK')} what={t.atRisk} />
        <Number code="WAIT" word={t.waiting} value={wrong?.waiting} what={t.waitingWhat} />
        <Number code="RUNNING" value={data && runs.length} more={data?.runs.pageInfo.hasNextPage} what={data && data.runs.nodes.length > runs.length ? t.inside(data.runs.nodes.length - runs.length) : t.running} />
      </div>
      <div className="columns">
        <div>
          <Pane title={t.needs} answer={answer} extra={rows.rows.length > 0 && <CopyAs of={{ ...causesForms(rows.rows.map((r) => r.row)), cli: causesCommand, asked: question, file: 'attention' }} />} empty={rows.rows.length === 0 && <><Shape kind="check" /> {t.nothingWrong}</>} hidden={hidden ? { count: null, why: hidden } : undefined}>
            <Causes steady={rows} now={now} all={all} onAll={onAll} />
          </Pane>
          <Pane title={t.done} follows answer={answer} empty={done.length === 0 && (open.length > 0 ? t.noneEnded : t.noneStarted)} extra={<Link to="/decisions">{t.all}</Link>}>
            <ul className="rows">{done.map((a) => <ActionRow key={a.id} a={a} now={now} />)}</ul>
          </Pane>
        </div>
        <div>
          <Pane title={t.now} follows answer={answer} empty={runs.length + open.length === 0 && t.noneRuns} hidden={nowCut ? { count: null, why: t.newest } : undefined}>
            <ul className="rows">
              {open.map((a) => <ActionRow key={a.id} a={a} now={now} />)}
              {runs.filter((r) => !r.action).map((r) => <Running key={r.id} r={r} now={now} />)}
            </ul>
          </Pane>
          <Pane title={t.next} id="next" follows answer={answer} extra={next.length > 0 && <CopyAs of={{ ...nextForms(next), cli: nextCommand, asked: question, file: 'next' }} />} empty={next.length === 0 && (nextCut ? t.nextLater(nextCut) : t.noneNext)} hidden={nextCut ? { count: null, why: nextCut } : undefined}>
            <ul className="rows">{next.map((a) => <Next key={a.id + a.toolJob} a={a} now={now} />)}</ul>
          </Pane>
        </div>
      </div>
    </main>
  )
}

function Number({ code, word, value, more, what }: { code: string; word?: string; value: number | undefined; more?: boolean; what: ReactNode }) {
  const s = status(code)
  return (
    <div className={`number ${value ? s.tone : 'calm'}`} data-kind={code}>
      <strong>{value ?? '–'}{more && '+'}</strong>
      <div><span className="label"><Shape kind={s.shape} />{word ?? s.word}</span><span className="what">{what}</span></div>
    </div>
  )
}

function Running({ r, now }: { r: Run; now: number }) {
  return (
    <li data-row="run">
      <div className="line"><Chip code={r.state} /><AssetLink asset={r.job} /><span className="figure">{r.startedAt && span((now - Date.parse(r.startedAt)) / 1000)}</span></div>
      <Facts>{[<>{t.since} <Time at={r.startedAt} now={now} /></>, <Link to="/r/$id" params={{ id: r.id }}>{t.run} <code title={r.runId}>{r.runId.slice(0, 8)}</code></Link>, t.byItsTool]}</Facts>
    </li>
  )
}

/** Next is what a policy will start, and whether it may: what only says so is hatched. */
function Next({ a, now }: { a: Proposed; now: number }) {
  const trial = a.mode && a.freshness?.policy?.trial
  return (
    <li data-row="next" data-mode={a.mode}>
      <div className="line"><Chip code={a.state} /><b className="name">{a.toolJob || t.noJob}</b>{a.connector && <span className="soft">{t.through(a.connector)}</span>}<span className="tag">{a.mode ? t.modes[a.mode] : t.byPerson}</span>{trial && <span className="tag">{t.onTrial(trial.to)} <Time at={trial.until} now={now} /></span>}<span className="figure">{a.expectedAt ? <Time at={a.expectedAt} now={now} /> : ''}</span></div>
      <p className="says"><Says text={a.says} now={now} whole /></p>
      <Facts>{[<>{t.forAsset} <AssetLink asset={a.target} name={a.targetName} /></>, a.policies[0] && <>{t.policy} {a.policies[0]}</>, !a.expectedAt && t.onlyEvents]}</Facts>
    </li>
  )
}

function Weir({ system }: { system: System }) {
  return <p className="facts"><span>weir {system.version}</span><span>{t.graph(system.graphBackend)}</span><span>{system.projectorLag === 0 ? t.upToDate : t.behind(system.projectorLag)}</span><span><Link to="/" search={{ steps: true }}>{t.steps.link}</Link></span></p>
}

function Troubles({ system }: { system: System }) {
  const list = [system.killSwitch && t.killSwitch, !system.ready && t.notReady, ...system.degraded].filter((x): x is string => Boolean(x))
  return (
    <>
      {list.length > 0 && <ul className="troubles" role="alert">{list.map((x) => <li key={x}><Shape kind="triangle" /> {x}</li>)}</ul>}
      {system.drift.length > 0 && <p className="note warn"><Shape kind="triangle" /> {t.drift} <Link to="/policies">{t.driftWhere}</Link></p>}
    </>
  )
}
