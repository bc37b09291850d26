// What stands still by a kill switch, how to stop a part, and who switched what.
import { useState } from 'react'
import { Act } from '../act'
import type { Deed } from '../confirm'
import { switching } from '../decisions/deeds'
import { order, unsaid } from '../orders'
import { Pane } from '../pane'
import { Facts, Time } from '../parts'
import { useLiveQuery, type Answer } from '../query'
import { Shape } from '../shape'
import * as t from '../texts/system'
import { PARTS, SWITCHED, type Sys } from './queries'

type On = Sys['switches'][number]
type Scope = Exclude<On['scope'], 'GLOBAL'>

const what = (x: Pick<On, 'scope' | 'name'>) => `${t.scopes[x.scope]}${x.name ? ` ${x.name}` : ''}`
const command = (on: boolean, x: Pick<On, 'scope' | 'name'>, reason: string) => order(`kill-switch ${on ? 'on' : 'off'}`, [], reason, x.scope === 'GLOBAL' ? {} : { [x.scope.toLowerCase()]: x.name || unsaid })
const needs = { mutation: 'setKillSwitch' }

const letGo = (x: On): Deed => ({
  needs, title: t.off, target: what(x), effect: t.offEffect(what(x)), reason: true, command: (_, reason) => command(false, x, reason),
  ...switching(() => ({ on: false, scope: x.scope, name: x.name })),
})

const partOf = (f: FormData) => ({ scope: f.get('scope') as Scope, name: String(f.get('name') ?? '').trim() })

const stopPart = (): Deed => ({
  needs, title: t.switchOn, target: t.aPart, effect: t.onEffect, reason: true, fields: <Part />,
  command: (f, reason) => command(true, partOf(f), reason),
  ...switching((f) => (partOf(f).name ? { on: true, ...partOf(f) } : t.sayPart)),
})

/** Part is which part, and its name: one of those that there are is offered. */
function Part() {
  const [scope, setScope] = useState<Scope>('POLICY')
  const { data } = useLiveQuery(PARTS, {})
  const names: Record<Scope, string[]> = {
    POLICY: data?.policies.nodes.map((p) => p.name) ?? [],
    TOOL: data?.tools.map((x) => x.instance) ?? [],
    NAMESPACE: data?.assetCounts.by.find((b) => b.property === 'NAMESPACE')?.values.map((v) => v.value) ?? [],
  }
  return (
    <>
      <label>{t.partOf}<select name="scope" value={scope} onChange={(e) => setScope(e.target.value as Scope)}>{(['POLICY', 'TOOL', 'NAMESPACE'] as const).map((x) => <option key={x} value={x}>{t.scopes[x]}</option>)}</select></label>
      <label>{t.partName}<input name="name" required list="part-names" autoComplete="off" spellCheck={false} /></label>
      <datalist id="part-names">{names[scope].map((n) => <option key={n} value={n} />)}</datalist>
    </>
  )
}

/** Switches are those that are on, and below them what was switched before. */
export function Switches({ s, answer, now }: { s: Sys | undefined; answer: Answer<unknown>; now: number }) {
  return (
    <Pane title={t.switches} follows answer={answer} extra={<Act deed={stopPart()} />}>
      {s?.switches.length === 0 && <p className="note" data-state="empty">{t.noSwitch}</p>}
      <ul className="rows tight">{s?.switches.map((x) => <li key={x.id}><div className="line"><span className="chip bad"><Shape kind="pause" />{what(x)}</span><span className="figure"><Time at={x.at} now={now} relative /></span><Act deed={letGo(x)} /></div><Facts>{[x.actor, x.reason, <code key="id">{x.id}</code>]}</Facts></li>)}</ul>
      <Past now={now} />
    </Pane>
  )
}

function Past({ now }: { now: number }) {
  const all = useLiveQuery(SWITCHED, {}).data?.switched
  if (!all || all.nodes.length === 0) return null
  return (
    <details id="switched"><summary>{t.switchedBefore}</summary>
      <ul className="rows tight">{all.nodes.map((x) => <li key={x.id}><div className="line"><span>{t.switchedTo(what(x), x.on)}</span><span className="figure"><Time at={x.at} now={now} /></span></div><Facts>{[x.actor, x.reason, <code key="id">{x.id}</code>]}</Facts></li>)}</ul>
      {all.pageInfo.hasNextPage && <p className="partial"><Shape kind="half" /> {t.newestOnly(all.nodes.length)}</p>}
    </details>
  )
}
