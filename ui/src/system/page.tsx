import { Fragment } from 'react'
import { Link } from '@tanstack/react-router'
import { place } from '../base'
import { Kill } from '../decisions/deeds'
import { useNow } from '../live'
import { Pane } from '../pane'
import { Chip, Facts, Time } from '../parts'
import { useLiveQuery } from '../query'
import { Shape } from '../shape'
import { grouped } from '../texts/count'
import * as t from '../texts/system'
import { seconds, span, lasted } from '../words'
import { Access } from './access'
import { Doctor } from './doctor'
import { Names } from './names'
import { Quarantine } from './quarantine'
import { SYSTEM, type Sys, type Tool } from './queries'
import { Switches } from './switches'
import './system.css'

export default function System() {
  const now = useNow()
  const answer = useLiveQuery(SYSTEM, {})
  const s = answer.data?.system
  const tools = answer.data?.tools ?? []
  return (
    <main id="main" tabIndex={-1}>
      <div className="title"><h1>{t.heading}</h1><span className="buttons"><Link to="/query">{t.graphql}</Link><a href={place('metrics')}>{t.metrics}</a>{s && <Kill on={s.killSwitch} />}</span></div>
      {s && <Numbers s={s} now={now} />}
      {s && (s.degraded.length > 0 || !s.ready) && <section aria-label={t.degraded}><ul className="troubles">{!s.ready && <li>{t.notReady}</li>}{s.degraded.map((d) => <li key={d}><Shape kind="triangle" /> {d}</li>)}</ul></section>}
      <div className="columns even">
        <div>
          <Pane title={t.tools} answer={answer} empty={tools.length === 0 && t.noTools}><ul className="rows">{tools.map((x) => <Connector key={x.id} x={x} now={now} />)}</ul></Pane>
        </div>
        <div>
          <Pane title={t.stores} follows answer={answer}><ul className="rows tight">{s?.stores.map((x) => <li key={x.name}><div className="line"><b>{t.storeNames[x.name] ?? x.name}</b><span className="soft">{x.kind}</span><span className="figure">{x.behind === null ? t.noSay : t.behind(x.behind)} · {t.position(x.position)}</span></div>{x.error && <p className="wrong">{x.error}</p>}</li>)}</ul></Pane>
          <Switches s={s} answer={answer} now={now} />
        </div>
      </div>
      <Doctor />
      <Quarantine />
      <Names />
      <Access />
    </main>
  )
}

function Numbers({ s, now }: { s: Sys; now: number }) {
  const started = s.startedAt ? span((now - Date.parse(s.startedAt)) / 1000) : t.notYet
  const all: [value: string | number, label: string, what: React.ReactNode, tone: string][] = [
    [s.intake.perMinute === null ? t.notYet : grouped(Math.round(s.intake.perMinute)), t.numbers.rate, s.intake.lastAt ? <>{t.lastAt} <Time at={s.intake.lastAt} now={now} relative /></> : t.numbers.rateWhat, 'busy'],
    [s.projectorLag, t.numbers.lag, s.intake.lag ? t.oldest(span(seconds(s.intake.lag) ?? 0)) : t.numbers.lagWhat, s.projectorLag > 1000 ? 'warn' : 'calm'],
    [s.quarantined, t.numbers.aside, t.numbers.asideWhat, s.quarantined > 0 ? 'warn' : 'calm'],
    [started, t.numbers.up, t.numbers.upWhat(s.version), 'calm'],
  ]
  return <div className="numbers">{all.map(([value, label, what, tone]) => <div key={label} className={`number ${tone}`}><strong>{value}</strong><div><span className="label">{label}</span><span className="what">{what}</span></div></div>)}</div>
}

function Connector({ x, now }: { x: Tool; now: number }) {
  const offset = x.clockOffset === null ? null : seconds(x.clockOffset.replace('-', ''))
  const list = (word: string, available: 'TRUE' | 'FALSE') => {
    const those = x.capabilities.filter((c) => c.available === available)
    return those.length > 0 && <p className="abilities">{word}: {those.map((c, i) => <Fragment key={c.name}>{i > 0 && ', '}<span title={c.name}>{t.abilities[c.name] ?? c.name}</span></Fragment>)}</p>
  }
  return (
    <li>
      <div className="line"><Chip code={x.reachable} word={t.reachable[x.reachable]} /><b className="name">{x.instance}</b><span className="soft">{x.kind} {x.version}</span><span className="figure">{x.heartbeatAt && <>{t.lastAnswer} <Time at={x.heartbeatAt} now={now} relative /></>}</span></div>
      {x.error && <p className="wrong">{x.error}</p>}
      <Facts>{[offset === null ? t.clockNone : offset > 2 ? <b>{t.clock(lasted(x.clockOffset))}</b> : t.clockFine]}</Facts>
      {list(t.can, 'TRUE')}
      {list(t.cannot, 'FALSE')}
    </li>
  )
}
