// What can be done to an action, a job, or everything: each says tool, target
// and effect before, and what was written down after.
import { useState } from 'react'
import { client } from '../api'
import { place } from '../base'
import { change, useConfirm, type Deed, type Done } from '../confirm'
import { quoted } from '../forms'
import * as t from '../texts/decisions'
import { openStates } from '../words'
import { APPROVE, CANCEL, PAUSE, PREVIEW, REJECT, REQUEST, RERUN, RESUME, SWITCH, type Doing } from './queries'

type Asked = { action: { id: string; says: string }; position: string }
const written = (p: Asked): Done => ({ says: t.did.asked(p.action.says), id: p.action.id, link: place(`d/${p.action.id}`), position: p.position })
const nameOf = (a: Pick<Doing, 'targetName'>) => `${a.targetName.namespace}/${a.targetName.name}`
const job = (a: Doing) => ({ connector: a.connector, job: a.toolJob })
const order = (verb: string, a: Doing) => `weir ${verb} --connector ${quoted(a.connector)} --job ${quoted(a.toolJob)} --reason "…"`

/** Deeds are the buttons of one action: those that its state allows. */
export function Deeds({ a }: { a: Doing }) {
  const ask = useConfirm()
  const open = openStates.has(a.state)
  const asked = a.state === 'AWAITING_APPROVAL'
  const again = ['FAILED', 'LOST', 'CANCELLED', 'EXPIRED', 'SUCCEEDED', 'REFUSED'].includes(a.state)
  const known = Boolean(a.connector && a.toolJob)
  return (
    <span className="buttons">
      {asked && <button className="primary" onClick={() => ask(answer(a, true))}>{t.verbs.approve}</button>}
      {asked && <button onClick={() => ask(answer(a, false))}>{t.verbs.reject}</button>}
      {open && !asked && a.state !== 'CANCELLING' && <button onClick={() => ask(cancel(a))}>{t.verbs.cancel}</button>}
      {again && a.externalId && <button onClick={() => ask(rerun(a))}>{t.verbs.rerun}</button>}
      {known && !open && <button onClick={() => ask(requestRun(a))}>{t.verbs.run}</button>}
      {known && <button onClick={() => ask(pause(a))}>{t.verbs.pause}</button>}
      {known && <button onClick={() => void resume(a).then(ask)}>{t.verbs.resume}</button>}
    </span>
  )
}

function Whole({ onChange }: { onChange: (on: boolean) => void }) {
  const [on, setOn] = useState(false)
  return <label className="check"><input type="checkbox" checked={on} onChange={(e) => (setOn(e.target.checked), onChange(e.target.checked))} /> {t.whole(0)}</label>
}

function answer(a: Doing, yes: boolean): Deed {
  let wholeChange = false
  return {
    title: yes ? t.verbs.approve : t.verbs.reject, tool: yes ? a.connector : null, target: nameOf(a), effect: yes ? t.effects.approve(a.toolJob, a.connector) : t.effects.reject, reason: true,
    command: `weir ${yes ? 'approve' : 'reject'} ${a.id} --reason "…"`, fields: <Whole onChange={(on) => (wholeChange = on)} />,
    go: async (reason) => {
      const input = { action: a.id, reason, wholeChange }
      const p = yes ? (await change(APPROVE, { input })).approveAction : (await change(REJECT, { input })).rejectAction
      return { says: (yes ? t.did.approve : t.did.reject)(p.answered), id: p.action.id, link: place(`d/${p.action.id}`), position: p.position }
    },
  }
}

const cancel = (a: Doing): Deed => ({
  title: t.verbs.cancel, tool: a.connector, target: nameOf(a), effect: t.effects.cancel(Boolean(a.externalId), a.connector), reason: true, command: `weir cancel ${a.id} --reason "…"`,
  go: async (reason) => written((await change(CANCEL, { input: { action: a.id, reason } })).cancelAction),
})

const rerun = (a: Doing): Deed => ({
  title: t.verbs.rerun, tool: a.connector, target: nameOf(a), effect: t.effects.rerun(a.connector), reason: true, command: `weir rerun ${a.id} --reason "…"`,
  go: async (reason) => written((await change(RERUN, { input: { action: a.id, reason } })).rerun),
})

const requestRun = (a: Doing): Deed => ({
  title: t.verbs.run, tool: a.connector, target: nameOf(a), effect: t.effects.run(a.toolJob, a.connector), reason: true, command: order('run', a),
  go: async (reason) => written((await change(REQUEST, { input: { ...job(a), reason } })).requestRun),
})

const pause = (a: Doing): Deed => ({
  title: t.verbs.pause, tool: a.connector, target: a.toolJob, effect: t.effects.pause(a.connector), reason: true, command: order('pause', a),
  go: async (reason) => written((await change(PAUSE, { input: { ...job(a), reason } })).pauseJob),
})

/** resume says first what it would start. */
async function resume(a: Doing): Promise<Deed> {
  const { data, error } = await client.query(PREVIEW, job(a)).toPromise()
  const missed = error ? undefined : data?.resumePreview
  return {
    title: t.verbs.resume, tool: a.connector, target: a.toolJob, effect: `${t.effects.resume(a.connector)} ${missed ? t.wouldStart(missed.reduce((n, p) => n + p.runs, 0)) : t.startUnknown}`, reason: true, command: order('resume', a),
    fields: missed && missed.length > 0 ? <ul className="soft">{missed.map((p) => <li key={p.policy}>{p.policy}: {p.says}</li>)}</ul> : undefined,
    go: async (reason) => written((await change(RESUME, { input: { ...job(a), reason } })).resumeJob),
  }
}

/** killSwitch stops everything, or lets it go on. */
export const killSwitch = (on: boolean): Deed => ({
  title: on ? t.verbs.kill : t.verbs.letGo, target: t.everything, effect: on ? t.effects.kill : t.effects.letGo, danger: on, reason: true,
  go: async (reason) => {
    const p = (await change(SWITCH, { input: { on, reason } })).setKillSwitch
    return { says: p.on ? t.did.kill : t.did.letGo, id: on ? 'kill switch on' : 'kill switch off', position: p.position }
  },
})

/** Kill is the button, and says who set the switch while it is on. */
export function Kill({ on }: { on: boolean }) {
  const ask = useConfirm()
  return <button className={on ? 'primary' : undefined} onClick={() => ask(killSwitch(!on))}>{on ? t.verbs.letGo : t.verbs.kill}</button>
}
