// What Today and the first steps say.
import type { AttentionState, CauseKind, Mode } from '../gen/graphql'
import { count } from './count'


export const title = 'Today'
export const killSwitch = 'The kill switch is on: nothing is started and nobody is held.'
export const drift = 'The policies in force are not what was applied last.'
export const driftWhere = 'See where'
export const notReady = 'weir reads its journal: decisions are not made yet.'
export const upToDate = 'up to date'
export const behind = (n: number) => `${count(n, 'event')} behind`
export const graph = (backend: string) => `${backend} graph`

export const late = 'past the deadline'
export const atRisk = 'wanted, and held back'
export const waiting = 'waiting'
export const waitingWhat = 'for an input, a run or a person'
export const running = 'right now'
export const inside = (n: number) => `with ${count(n, 'run')} inside`
const others: Partial<Record<AttentionState, string>> = { FAILED: 'failed', LOST: 'lost', STOPPED: 'stopped', UNKNOWN: 'unknown' }
export const alsoWrong = (counts: readonly { state: AttentionState; count: number }[]) => counts.flatMap((c) => (others[c.state] ? [`${c.count} ${others[c.state]}`] : [])).join(', ')

export const needs = 'Needs attention'
export const nothingWrong = 'Nothing is late, at risk or waiting.'
export const worst = (n: number, of: number) => `the ${n} worst of ${count(of, 'cause')} are listed`
export const kinds: Record<CauseKind, string> = { ASSET: 'data', JOB: 'job', CONNECTOR: 'connector', SWITCH: 'switch' }
export const lateBy = (s: string) => `${s} late`
export const since = 'since'
export const ask = 'ask'
export const noOwner = 'no owner known'
export const through = (connector: string) => `on ${connector}`
export const keeps = (n: number) => `keeps ${count(n, 'asset')}`
export const keepsNothing = 'keeps no asset that a policy is about'
export const asksGate = 'asks the gate'
export const allMembers = (n: number) => `Show all ${n}`
export const fewerMembers = 'Show fewer'
export const onlySome = (n: number, of: number) => `${n} of ${of} are listed`
export const nothingDown = 'nothing downstream'
export const blast = (assets: number, dashboards: number, complete: boolean) => `${complete ? '' : 'more than '}${count(assets, 'asset')}${dashboards > 0 ? `, ${count(dashboards, 'dashboard')}` : ''}`
export const blastWhy = 'that lie downstream of it'
export const told = (to: string) => `told: ${to}`
export const why = 'Why'
export const whyOf = (name: string) => `Why ${name}`
export const lineage = 'Lineage'
export const lineageOf = (name: string) => `Lineage of ${name}`
export const ack = 'Ack'
export const ackOf = (name: string) => `Acknowledge ${name}`
export const ackTitle = 'Acknowledge'
export const ackEffect = 'Others see that you look after it, for a week at most or until it is over. Nothing is started or stopped, and notices go on.'
export const ackDone = 'Written down: you look after it.'
export const backTitle = 'Take the acknowledgement back'
export const takeBack = 'Take back'
export const backEffect = 'It counts as not looked after again.'
export const backDone = 'Written down: it is not looked after any more.'
export const ackBy = (actor: string) => `${actor} looks after it`
export const newSince = (n: number) => `${count(n, 'asset')} more since`

export const fresh = (n: number) => `${n} new`
export const over = (n: number) => `${n} over`
export const show = 'show'
export const isOver = 'is over'

export const done = 'Done lately'
export const noneEnded = 'Nothing that weir started has ended yet.'
export const noneStarted = 'weir has not started anything yet.'
export const all = 'all'
export const now = 'Running now'
export const noneRuns = 'No run is under way.'
export const newest = 'the newest are listed'
export const byItsTool = 'started by its own tool'
export const run = 'run'

export const next = 'Next 6 h'
export const noneNext = 'No policy waits to start anything.'
export const nextLater = (cut: string) => `What policies will start comes after more than is read here: ${cut}.`
export const goesOn = 'the list goes on'
export const forAsset = 'for'
export const policy = 'policy'
export const onlyEvents = 'only an event can tell when'
export const noJob = 'no job is found that makes it'
export const modes: Record<Mode, string> = { OBSERVE: 'only looks', SHADOW: 'shadow: only says so', GATE: 'only lets run', ACT: 'acts', ACT_CANCEL: 'acts, also cancels' }
export const byPerson = 'asked by a person'
export const onTrial = (to: Mode) => `on trial: ${to.toLowerCase().replace('_', ' ')} from`

export const steps = {
  link: 'first steps',
  empty: 'weir is ready and has seen nothing yet',
  title: 'First steps',
  lead: 'Point your tools at weir. Each line turns green with the first event of its tool.',
  heard: (n: number, of: number) => `${n} of ${of} tools are heard`,
  goOn: 'See today',
  came: 'heard',
  waits: 'nothing heard yet',
  answers: 'answers, no run yet',
  copy: 'Copy',
  toCopy: (tool: string) => `${tool}, to copy`,
  airflow: ['Airflow 3', 'Every task reports what it reads and writes. Restart the scheduler and the workers after it.'],
  dbt: ['dbt', 'The same command as before, through dbt-ol.'],
  spark: ['Spark', 'In spark-defaults.conf, with the openlineage-spark package of your Scala version.'],
  sagemaker: ['SageMaker', 'Save as connectors.yaml and start weir with --connectors connectors.yaml: it asks SageMaker itself.'],
  hand: ['By hand', 'One event, to see it work.'],
  demo: ['Load demo data', 'Another weir, with a company and a story of its own; nothing of it comes here.'],
} as const

/** The heads of what is taken along as a table. */
export const taken = {
  causes: ['state', 'cause', 'ask', 'since', 'assets', 'looked after by', 'why'],
  next: ['expected', 'job', 'through', 'for', 'mode', 'policy', 'why'],
}
