// What the pages of decisions and actions say.
import { count, grouped } from './count'

export const heading = 'Decisions and actions'
export const tabs = { decisions: 'Decisions', actions: 'Actions' } as const
export const columns = { at: 'Time', action: 'Action', target: 'Target', mode: 'Mode', outcome: 'Outcome', why: 'Why', state: 'State', kind: 'Kind', through: 'Through', policy: 'Policy', asked: 'Asked by' } as const
export const anyOutcome = 'any outcome'
export const anyMode = 'any mode'
export const anyPolicy = 'any policy'
export const filters = { outcome: 'Outcome', mode: 'Mode', policy: 'Policy', state: 'State', since: 'Since' } as const
export const states = { all: 'all', open: 'open', asked: 'wait for approval', failed: 'went wrong' } as const
export const spans = { '': 'ever', '1h': 'last hour', '24h': 'last 24 h', '7d': 'last 7 days' } as const
export const somePolicies = (n: number, total: number) => `${grouped(n)} of ${grouped(total)} are listed: type the name of any`
export const unfiltered = 'Show all'
export const noDecisions = 'Nothing was decided yet. Policies decide when what they are about is seen; a policy in mode shadow says here what it would do, and starts nothing.'
export const noneSuch = 'Nothing fits these filters.'
export const noActions = 'weir has not been asked for anything and has started nothing yet.'
export const fresh = (n: number) => `${n} new: show`
export const more = 'more are there: scroll on'
export const from = 'From'
export const ofAsset = 'Only of'
export const asksGate = 'asked at the gate'
export const noPolicy = 'no policy'
export const detail = { decision: 'Decision', action: 'Action', none: 'No decision or action has this id.' } as const
export const why = 'Why'
export const flips = 'flips at'
export const latest = 'at the latest, earlier if an event says so'
export const onlyEvents = 'only an event can change this'
export const allHolds = 'everything that was asked holds'
export const startsNothing = (mode: string) => `in mode ${mode} weir starts nothing`
export const evidence = 'Evidence'
export const noEvidence = 'It rests on nothing that weir keeps.'
export const history = 'What happened'
export const attempts = (n: number) => (n === 1 ? 'sent once' : n === 0 ? 'never sent' : `sent ${n} times`)
export const keyTitle = 'Key of the intent'
export const noKeyYet = 'It has none yet: it is fixed just before the action is sent.'
export const pins = 'Decided on these versions'
export const openIn = (tool: string) => `open in ${tool}`
export const made = 'made'
export const run = 'its run'
export const of = 'about'
export const partOf = 'part of'
export const askedBy = (who: string) => `asked by ${who}`
export const until = 'until'
export const approved = (by: string) => `approved by ${by}`
export const asks = 'A person has to agree'
export const pool = (name: string, slots: number, kind: string) => `${slots} of pool ${name}${kind ? ` (${kind})` : ''}`
export const lineageThen = 'Lineage as of then'
export const related = 'Also decided on it'
export const nothingElse = 'Nothing else.'
export const allOn = (name: string) => `All decisions on ${name}`
export const on = 'on'
export const forTime = 'for'
export const paused = { TRUE: 'The job is paused', FALSE: 'The job is not paused', UNKNOWN: 'Whether the job is paused is not known' } as const
export const whole = (n: number) => `Answer all that wait because of this change${n > 0 ? ` (${n})` : ''}`
export const verbs = {
  approve: 'Approve', reject: 'Reject', cancel: 'Cancel it', rerun: 'Run again', run: 'Run now', pause: 'Pause the job', resume: 'Resume the job', kill: 'Stop everything', letGo: 'Let everything go on', resolve: 'Say what became of it',
} as const
export const effects = {
  approve: (job: string, tool: string) => `${job} is started on ${tool}.`,
  reject: 'Nothing is started for this demand until an input changes.',
  cancel: (sent: boolean, tool: string) => (sent ? `Its run on ${tool} is asked to stop.` : 'It is taken back: nothing was sent.'),
  rerun: (tool: string) => `The tasks that failed, and what they kept from running, run once more on ${tool}, in the same run.`,
  run: (job: string, tool: string) => `A run of ${job} is asked for on ${tool}, once: the answer does not wait for it.`,
  pause: (tool: string) => `The schedule of the job is stopped on ${tool}, and policies start nothing there until it is resumed.`,
  resume: (tool: string) => `The schedule of the job goes on on ${tool}, and policies may start it again.`,
  resolve: 'weir does not know what became of it. What you found in the tool closes it, and frees what it holds; nothing is sent to the tool.',
  kill: 'No policy starts anything, and nobody is held at the gate: what asks may run. What runs goes on.',
  letGo: 'Policies start runs and hold them again.',
} as const
export const did = {
  approve: (n: number) => `Approved: ${n === 1 ? 'the action goes' : `${n} actions go`}.`,
  reject: (n: number) => `Rejected: ${n === 1 ? 'the action ends' : `${n} actions end`}.`,
  asked: (what: string) => `Written down: ${what}.`,
  switched: (on: boolean, covers: number) => (!on ? 'It is off: policies start runs of it and hold them again.' : covers === 0 ? 'It is on, and stops nothing: no policy is about anything there. Is it spelt right?' : `It is on: it covers ${count(covers, 'asset')}. Nothing more is started there, and nobody is held at the gate. What runs goes on.`),
} as const
export const everything = 'everything weir does'
export const stopped = (who: string, why: string) => `The kill switch is on, set by ${who}: ${why}`
export const became = 'What became of it, as the tool shows'
export const pick = 'choose'
export const sayWhat = 'Say first what became of it.'
export const resolutions = { SUCCEEDED: 'it ran, and succeeded', FAILED: 'it ran, and failed', NOT_SENT: 'it did not run: it never reached the tool' } as const
