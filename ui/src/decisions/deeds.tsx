// What can be done to an action, a job, or everything: each says tool, target
// and effect before, and what was written down after.
import { Act } from '../act'
import { place } from '../base'
import { change, useRefusal, type Deed, type Done } from '../confirm'
import { order, unsaid } from '../orders'
import { Says } from '../parts'
import { EVERYWHERE } from '../session'
import type { Resolution, SetKillSwitchInput } from '../gen/graphql'
import * as t from '../texts/decisions'
import { fullName, openStates } from '../words'
import { APPROVE, CANCEL, PAUSE, REJECT, REQUEST, RERUN, RESOLVE, RESUME, SWITCH, type Doing, type OneDoing } from './queries'

type Asked = { action: { id: string; says: string }; position: string }
const written = (p: Asked): Done => ({ says: t.did.asked(p.action.says), id: p.action.id, link: place(`d/${p.action.id}`), position: p.position })
const nameOf = (a: Pick<Doing, 'targetName'>) => fullName(a.targetName)
const job = (a: Doing) => ({ connector: a.connector, job: a.toolJob })
/** on is what an order about the action takes; ofJob what one about the tool's own job takes, which lies in no namespace. */
const on = (mutation: string, a: Doing) => ({ mutation, in: a.targetName.namespace })
const ofJob = (mutation: string) => ({ mutation, in: EVERYWHERE })
const ofTool = (verb: string, a: Doing) => (_: FormData, reason: string) => order(verb, [], reason, { connector: a.connector, job: a.toolJob })
const ofAction = (verb: string, a: Doing) => (_: FormData, reason: string) => order(verb, [a.id], reason)

/** Deeds are the buttons of one action: those that its state allows, and of pause and resume the one that changes something. */
export function Deeds({ a }: { a: OneDoing }) {
  const open = openStates.has(a.state)
  const asked = a.state === 'AWAITING_APPROVAL'
  const again = ['FAILED', 'LOST', 'CANCELLED', 'EXPIRED', 'SUCCEEDED', 'REFUSED'].includes(a.state)
  const known = Boolean(a.connector && a.toolJob)
  return (
    <span className="buttons">
      {asked && <Act deed={answer(a, true)} className="primary" />}
      {asked && <Act deed={answer(a, false)} />}
      {inDoubt.has(a.state) && <Act deed={resolve(a)} className="primary" />}
      {open && !asked && a.state !== 'CANCELLING' && <Act deed={cancel(a)} />}
      {again && a.externalId && <Act deed={rerun(a)} />}
      {known && !open && <Act deed={requestRun(a)} />}
      {known && a.jobPause?.paused !== 'TRUE' && <Act deed={pause(a)} />}
      {known && a.jobPause?.paused !== 'FALSE' && <Act deed={resume(a)} />}
    </span>
  )
}

/** Pause says whether the tool's job is paused, as far as weir has seen it. */
export function Pause({ a, now }: { a: OneDoing; now: number }) {
  return a.jobPause && <span>{t.paused[a.jobPause.paused]}: <Says text={a.jobPause.says} now={now} whole /></span>
}

function Whole({ mutation }: { mutation: string }) {
  const refused = useRefusal({ needs: { mutation, in: EVERYWHERE } })
  return <label className="check" title={refused ?? undefined}><input type="checkbox" name="whole" disabled={refused !== null} /> {t.whole(0)}</label>
}
const whole = (f: FormData) => f.get('whole') === 'on'

function answer(a: Doing, yes: boolean): Deed {
  const mutation = yes ? 'approveAction' : 'rejectAction'
  return {
    needs: on(mutation, a), title: yes ? t.verbs.approve : t.verbs.reject, tool: yes ? a.connector : null, target: nameOf(a), effect: yes ? t.effects.approve(a.toolJob, a.connector) : t.effects.reject, reason: true,
    command: (f, reason) => order(yes ? 'approve' : 'reject', [a.id], reason, { 'whole-change': whole(f) }), fields: <Whole mutation={mutation} />,
    preview: (f, reason) => ({ [mutation]: { action: a.id, reason, wholeChange: whole(f) } }),
    go: async (reason, f) => {
      const input = { action: a.id, reason, wholeChange: whole(f) }
      const p = yes ? (await change(APPROVE, { input })).approveAction : (await change(REJECT, { input })).rejectAction
      return { says: (yes ? t.did.approve : t.did.reject)(p.answered), id: p.action.id, link: place(`d/${p.action.id}`), position: p.position }
    },
  }
}

const cancel = (a: Doing): Deed => ({
  needs: on('cancelAction', a), title: t.verbs.cancel, tool: a.connector, target: nameOf(a), effect: t.effects.cancel(Boolean(a.externalId), a.connector), reason: true, command: ofAction('cancel', a),
  preview: (_, reason) => ({ cancelAction: { action: a.id, reason } }),
  go: async (reason) => written((await change(CANCEL, { input: { action: a.id, reason } })).cancelAction),
})

const rerun = (a: Doing): Deed => ({
  needs: on('rerun', a), title: t.verbs.rerun, tool: a.connector, target: nameOf(a), effect: t.effects.rerun(a.connector), reason: true, command: ofAction('rerun', a),
  preview: (_, reason) => ({ rerun: { action: a.id, reason } }),
  go: async (reason) => written((await change(RERUN, { input: { action: a.id, reason } })).rerun),
})

const requestRun = (a: Doing): Deed => ({
  needs: ofJob('requestRun'), title: t.verbs.run, tool: a.connector, target: nameOf(a), effect: t.effects.run(a.toolJob, a.connector), reason: true, command: ofTool('run', a),
  preview: (_, reason) => ({ requestRun: { ...job(a), reason } }),
  go: async (reason) => written((await change(REQUEST, { input: { ...job(a), reason } })).requestRun),
})

const pause = (a: Doing): Deed => ({
  needs: ofJob('pauseJob'), title: t.verbs.pause, tool: a.connector, target: a.toolJob, effect: t.effects.pause(a.connector), reason: true, command: ofTool('pause', a),
  preview: (_, reason) => ({ pauseJob: { ...job(a), reason } }),
  go: async (reason) => written((await change(PAUSE, { input: { ...job(a), reason } })).pauseJob),
})

const resume = (a: Doing): Deed => ({
  needs: ofJob('resumeJob'), title: t.verbs.resume, tool: a.connector, target: a.toolJob, effect: t.effects.resume(a.connector), reason: true, command: ofTool('resume', a),
  preview: (_, reason) => ({ resumeJob: { ...job(a), reason } }),
  go: async (reason) => written((await change(RESUME, { input: { ...job(a), reason } })).resumeJob),
})

/** inDoubt are the states of which weir does not know what became. */
const inDoubt = new Set(['LOST', 'AMBIGUOUS'])

/** resolve closes an action by what a person found out in the tool. */
const resolve = (a: Doing): Deed => ({
  needs: on('resolveAction', a), title: t.verbs.resolve, target: nameOf(a), effect: t.effects.resolve, reason: true, command: (f, reason) => order('resolve', [a.id], reason, { as: String(f.get('as') || unsaid).toLowerCase().replace('_', '-') }),
  fields: <label>{t.became}<select name="as" required defaultValue=""><option value="">{t.pick}</option>{Object.entries(t.resolutions).map(([as, says]) => <option key={as} value={as}>{says}</option>)}</select></label>,
  preview: (f, reason) => (f.get('as') ? { resolveAction: { action: a.id, as: f.get('as') as Resolution, reason } } : t.sayWhat),
  go: async (reason, f) => written((await change(RESOLVE, { input: { action: a.id, as: f.get('as') as Resolution, reason } })).resolveAction),
})

type Switching = Omit<SetKillSwitchInput, 'reason'>

/** switching is what switches do, and what they would do; a text says what is still to be said. */
export const switching = (asked: (fields: FormData) => Switching | string): Pick<Deed, 'preview' | 'go'> => ({
  preview: (fields, reason) => {
    const input = asked(fields)
    return typeof input === 'string' ? input : { setKillSwitch: { ...input, reason } }
  },
  go: async (reason, fields) => {
    const p = (await change(SWITCH, { input: { ...(asked(fields) as Switching), reason } })).setKillSwitch
    return { says: t.did.switched(p.on, p.covers), id: p.id, link: place('system#kill-switches'), position: p.position }
  },
})

/** killSwitch stops everything, or lets it go on. */
export const killSwitch = (on: boolean): Deed => ({
  needs: { mutation: 'setKillSwitch' }, title: on ? t.verbs.kill : t.verbs.letGo, target: t.everything, effect: on ? t.effects.kill : t.effects.letGo, danger: on, reason: true, command: (_, reason) => order(`kill-switch ${on ? 'on' : 'off'}`, [], reason),
  ...switching(() => ({ on })),
})

/** Kill is the button, and says who set the switch while it is on. */
export function Kill({ on }: { on: boolean }) {
  return <Act deed={killSwitch(!on)} className={on ? 'primary' : undefined} />
}
