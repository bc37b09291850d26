import { Link } from '@tanstack/react-router'
import { useRef, useState, type ReactNode } from 'react'
import { useQuery } from 'urql'
import { BLAST, TODAY, type Proposed, type Run, type System } from '../api'
import { attention, outermost, steady, waiting, type Row } from './attention'
import { FirstSteps } from './firststeps'
import { useNow } from '../live'
import { Pane } from '../pane'
import { ActionRow, AssetLink, Chip, Facts, Says, Time } from '../parts'
import { useLiveQuery } from '../query'
import { Shape } from '../shape'
import { count, seconds, span, status } from '../words'

export default function Today() {
  const now = useNow()
  const answer = useLiveQuery(TODAY, {})
  const data = answer.data
  if (data && data.assets.nodes.length === 0) return <FirstSteps />
  const late = data?.late.nodes ?? []
  const rows = attention(late, data?.decisions.nodes ?? [])
  const open = data?.open.nodes ?? []
  const done = data?.done.nodes ?? []
  const runs = outermost(data?.runs.nodes ?? [])
  const next = (data?.next.nodes ?? []).filter((a) => a.state === 'PROPOSED')
  const nextCut = data && (data.next.cut ?? (data.next.pageInfo.hasNextPage ? 'the list goes on' : null))
  const nowCut = data && (data.open.pageInfo.hasNextPage || data.runs.pageInfo.hasNextPage)
  return (
    <main id="main" tabIndex={-1}>
      <div className="title"><h1>Today</h1>{data && <Weir system={data.system} />}</div>
      {data && <Troubles system={data.system} />}
      <div className="numbers">
        <Number code="LATE" value={data?.isLate.totalCount ?? undefined} what="past its deadline" />
        <Number code="AT_RISK" value={data?.atRisk.totalCount ?? undefined} what="wanted, and held back" />
        <Number code="WAIT" word="waiting" value={data && waiting(data.decisions.nodes).length} what={data?.decisions.pageInfo.hasNextPage ? `of the last ${data.decisions.nodes.length} decisions` : 'for an input or a run'} />
        <Number code="RUNNING" value={data && runs.length} more={data?.runs.pageInfo.hasNextPage} what={data && data.runs.nodes.length > runs.length ? `with ${count(data.runs.nodes.length - runs.length, 'run')} inside` : 'right now'} />
      </div>
      <div className="columns">
        <div>
          <Pane title="Needs attention" answer={answer} empty={rows.length === 0 && <><Shape kind="check" /> Nothing is late, at risk or waiting.</>} hidden={data?.late.pageInfo.hasNextPage ? { count: null, why: `the ${late.length} worst are listed` } : undefined}>
            <Attention rows={rows} now={now} />
          </Pane>
          <Pane title="Done lately" follows answer={answer} empty={done.length === 0 && (open.length > 0 ? 'Nothing that weir started has ended yet.' : 'weir has not started anything yet.')} extra={<Link to="/decisions">all</Link>}>
            <ul className="rows">{done.map((a) => <ActionRow key={a.id} a={a} now={now} />)}</ul>
          </Pane>
        </div>
        <div>
          <Pane title="Running now" follows answer={answer} empty={runs.length + open.length === 0 && 'No run is under way.'} hidden={nowCut ? { count: null, why: 'the newest are listed' } : undefined}>
            <ul className="rows">
              {open.map((a) => <ActionRow key={a.id} a={a} now={now} />)}
              {runs.filter((r) => !r.action).map((r) => <Running key={r.id} r={r} now={now} />)}
            </ul>
          </Pane>
          <Pane title="Next" follows answer={answer} empty={next.length === 0 && (nextCut ? `What policies will start comes after more than is read here: ${nextCut}.` : 'No policy waits to start anything.')} hidden={nextCut ? { count: null, why: nextCut } : undefined}>
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

/** Attention keeps its rows in place while somebody points at them or has the focus in them. */
function Attention({ rows, now }: { rows: Row[]; now: number }) {
  const shown = useRef(rows)
  const [held, setHeld] = useState(false)
  const s = steady(shown.current, rows, held)
  shown.current = s.rows
  return (
    <div onPointerEnter={() => setHeld(true)} onPointerLeave={() => setHeld(false)}>
      {s.pending > 0 && <button className="pending" onClick={() => { shown.current = rows; setHeld(false) }}>{count(s.pending, 'change')}: show</button>}
      <ul className="rows">{s.rows.map((r) => <Attend key={r.key} r={r} now={now} />)}</ul>
    </div>
  )
}

function Attend({ r, now }: { r: Row; now: number }) {
  const late = seconds(r.lateBy)
  return (
    <li data-row={r.code === 'WAIT' || r.code === 'HOLD' ? 'waiting' : 'late'} data-code={r.code}>
      <div className="line">
        <Chip code={r.code} />
        <AssetLink asset={r.asset} name={r.name} />
        {r.gate && <span className="tag">asks the gate</span>}
        <span className="figure">{late ? `${span(late)} late` : r.since ? <>since <Time at={r.since} now={now} /></> : ''}</span>
      </div>
      <p className="says"><Says text={r.says} now={now} whole />{r.why && <>: <Says text={r.why} now={now} whole /></>}</p>
      <Facts>
        {[
          r.owners.length > 0 ? <>ask <b>{r.owners.join(', ')}</b></> : 'no owner known',
          r.because && <>held back by <AssetLink asset={r.because} /></>,
          r.asset && <Blast id={r.asset.id} />,
          r.policy && <>policy {r.policy}</>,
          r.asset && <Link to="/a/$id" params={{ id: r.asset.id }} hash="why">why</Link>,
        ]}
      </Facts>
    </li>
  )
}

/** Blast says how much lies downstream: asked once, it changes slowly. */
function Blast({ id }: { id: string }) {
  const [{ data }] = useQuery({ query: BLAST, variables: { id } })
  const nodes = data?.lineage.nodes.filter((n) => n.distance > 0) ?? []
  const boards = nodes.filter((n) => n.asset?.__typename === 'Dataset' && n.asset.kind === 'DASHBOARD').length
  const datasets = nodes.filter((n) => n.asset?.__typename === 'Dataset').length
  const jobs = nodes.filter((n) => n.asset?.__typename === 'Job').length
  if (!data) return <>…</>
  if (nodes.length === 0) return <>nothing downstream</>
  return <>{data.lineage.complete ? '' : 'more than '}{[datasets && count(datasets, 'dataset'), jobs && count(jobs, 'job')].filter(Boolean).join(' and ')} downstream{boards > 0 && `, ${count(boards, 'dashboard')} of them`}</>
}

function Running({ r, now }: { r: Run; now: number }) {
  return (
    <li data-row="run">
      <div className="line"><Chip code={r.state} /><AssetLink asset={r.job} /><span className="figure">{r.startedAt && span((now - Date.parse(r.startedAt)) / 1000)}</span></div>
      <Facts>{[<>since <Time at={r.startedAt} now={now} /></>, <>run <code title={r.runId}>{r.runId.slice(0, 8)}</code></>, 'started by its own tool']}</Facts>
    </li>
  )
}

function Next({ a, now }: { a: Proposed; now: number }) {
  return (
    <li data-row="next">
      <div className="line"><Chip code={a.state} /><b className="name">{a.toolJob}</b><span className="soft">on {a.connector}</span><span className="figure">{a.expectedAt ? <Time at={a.expectedAt} now={now} /> : ''}</span></div>
      <p className="says"><Says text={a.says} now={now} whole /></p>
      <Facts>{[<>for <AssetLink asset={a.target} name={a.targetName} /></>, a.policies[0] && <>policy {a.policies[0]}</>, !a.expectedAt && 'only an event can tell when']}</Facts>
    </li>
  )
}

function Weir({ system }: { system: System }) {
  return <p className="facts"><span>weir {system.version}</span><span>{system.graphBackend} graph</span><span>{system.projectorLag === 0 ? 'up to date' : `${count(system.projectorLag, 'event')} behind`}</span></p>
}

function Troubles({ system }: { system: System }) {
  const list = [
    system.killSwitch && 'The kill switch is on: nothing is started and nobody is held.',
    !system.ready && 'weir reads its journal: decisions are not made yet.',
    ...system.degraded,
  ].filter((x): x is string => Boolean(x))
  return list.length === 0 ? null : <ul className="troubles" role="alert">{list.map((t) => <li key={t}><Shape kind="triangle" /> {t}</li>)}</ul>
}
