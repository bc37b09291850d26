// What can be done to an action, a job, or everything: each says tool, target
// and effect before, and what was written down after.
import { useState } from 'react'
import { Act } from '../act'
import { client } from '../api'
import { place } from '../base'
import { change, useRefusal, type Deed, type Done } from '../confirm'
import { quoted } from '../forms'
import { EVERYWHERE } from '../session'
import * as t from '../texts/decisions'
import { openStates } from '../words'
import { APPROVE, CANCEL, PAUSE, PREVIEW, REJECT, REQUEST, RERUN, RESUME, SWITCH, type Doing } from './queries'

type Asked = { action: { id: string; says: string }; position: string }
const written = (p: Asked): Done => ({ says: t.did.asked(p.action.says), id: p.action.id, link: place(`d/${p.action.id}`), position: p.position })
const nameOf = (a: Pick<Doing, 'targetName'>) => `${a.targetName.namespace}/${a.targetName.name}`
const job = (a: Doing) => ({ connector: a.connector, job: a.toolJob })
/** on is what an order about the action takes; ofJob what one about the tool's own job takes, which lies in no namespace. */
const on = (mutation: string, a: Doing) => ({ mutation, in: a.targetName.namespace })
const ofJob = (mutation: string) => ({ mutation, in: EVERYWHERE })
const order = (verb: string, a: Doing) => `weir ${verb} --connector ${quoted(a.connector)} --job ${quoted(a.toolJob)} --reason "…"`

/** Deeds are the buttons of one action: those that its state allows. */
export function Deeds({ a }: { a: Doing }) {
  const open = openStates.has(a.state)
  const asked = a.state === 'AWAITING_APPROVAL'
  const again = ['FAILED', 'LOST', 'CANCELLED', 'EXPIRED', 'SUCCEEDED', 'REFUSED'].includes(a.state)
  const known = Boolean(a.connector && a.toolJob)
  return (
    <span className="buttons">
      {asked && <Act deed={answer(a, true)} className="primary" />}
      {asked && <Act deed={answer(a, false)} />}
      {open && !asked && a.state !== 'CANCELLING' && <Act deed={cancel(a)} />}
      {again && a.externalId && <Act deed={rerun(a)} />}
      {known && !open && <Act deed={requestRun(a)} />}
      {known && <Act deed={pause(a)} />}
      {known && <Act deed={resume(a)} />}
    </span>
  )
}

function Whole({ mutation, onChange }: { mutation: string; onChange: (on: boolean) => void }) {
  const [on, setOn] = useState(false)
  const refused = useRefusal({ needs: { mutation, in: EVERYWHERE } })
  return <label className="check" title={refused ?? undefined}><input type="checkbox" checked={on} disabled={refused !== null} onChange={(e) => (setOn(e.target.checked), onChange(e.target.checked))} /> {t.whole(0)}</label>
}

function answer(a: Doing, yes: boolean): Deed {
  const mutation = yes ? 'approveAction' : 'rejectAction'
  let wholeChange = false
  return {
    needs: on(mutation, a), title: yes ? t.verbs.approve : t.verbs.reject, tool: yes ? a.connector : null, target: nameOf(a), effect: yes ? t.effects.approve(a.toolJob, a.connector) : t.effects.reject, reason: true,
    command: `weir ${yes ? 'approve' : 'reject'} ${a.id} --reason "…"`, fields: <Whole mutation={mutation} onChange={(on) => (wholeChange = on)} />,
    go: async (reason) => {
      const input = { action: a.id, reason, wholeChange }
      const p = yes ? (await change(APPROVE, { input })).approveAction : (await change(REJECT, { input })).rejectAction
      return { says: (yes ? t.did.approve : t.did.reject)(p.answered), id: p.action.id, link: place(`d/${p.action.id}`), position: p.position }
    },
  }
}

const cancel = (a: Doing): Deed => ({
  needs: on('cancelAction', a), title: t.verbs.cancel, tool: a.connector, target: nameOf(a), effect: t.effects.cancel(Boolean(a.externalId), a.connector), reason: true, command: `weir cancel ${a.id} --reason "…"`,
  go: async (reason) => written((await change(CANCEL, { input: { action: a.id, reason } })).cancelAction),
})

const rerun = (a: Doing): Deed => ({
  needs: on('rerun', a), title: t.verbs.rerun, tool: a.connector, target: nameOf(a), effect: t.effects.rerun(a.connector), reason: true, command: `weir rerun ${a.id} --reason "…"`,
  go: async (reason) => written((await change(RERUN, { input: { action: a.id, reason } })).rerun),
})

const requestRun = (a: Doing): Deed => ({
  needs: ofJob('requestRun'), title: t.verbs.run, tool: a.connector, target: nameOf(a), effect: t.effects.run(a.toolJob, a.connector), reason: true, command: order('run', a),
  go: async (reason) => written((await change(REQUEST, { input: { ...job(a), reason } })).requestRun),
})

const pause = (a: Doing): Deed => ({
  needs: ofJob('pauseJob'), title: t.verbs.pause, tool: a.connector, target: a.toolJob, effect: t.effects.pause(a.connector), reason: true, command: order('pause', a),
  go: async (reason) => written((await change(PAUSE, { input: { ...job(a), reason } })).pauseJob),
})

const resume = (a: Doing): Deed => ({
  needs: ofJob('resumeJob'), title: t.verbs.resume, tool: a.connector, target: a.toolJob, effect: t.effects.resume(a.connector), reason: true, command: order('resume', a), before: () => missed(a),
  go: async (reason) => written((await change(RESUME, { input: { ...job(a), reason } })).resumeJob),
})

/** missed is what a resume would start. */
async function missed(a: Doing): Promise<Partial<Deed>> {
  const { data, error } = await client.query(PREVIEW, job(a)).toPromise()
  const list = error ? undefined : data?.resumePreview
  return {
    effect: `${t.effects.resume(a.connector)} ${list ? t.wouldStart(list.reduce((n, p) => n + p.runs, 0)) : t.startUnknown}`,
    fields: list && list.length > 0 ? <ul className="soft">{list.map((p) => <li key={p.policy}>{p.policy}: {p.says}</li>)}</ul> : undefined,
  }
}

/** killSwitch stops everything, or lets it go on. */
export const killSwitch = (on: boolean): Deed => ({
  needs: { mutation: 'setKillSwitch' }, title: on ? t.verbs.kill : t.verbs.letGo, target: t.everything, effect: on ? t.effects.kill : t.effects.letGo, danger: on, reason: true,
  go: async (reason) => {
    const p = (await change(SWITCH, { input: { on, reason } })).setKillSwitch
    return { says: p.on ? t.did.kill : t.did.letGo, id: on ? 'kill switch on' : 'kill switch off', position: p.position }
  },
})

/** Kill is the button, and says who set the switch while it is on. */
export function Kill({ on }: { on: boolean }) {
  return <Act deed={killSwitch(!on)} className={on ? 'primary' : undefined} />
}
