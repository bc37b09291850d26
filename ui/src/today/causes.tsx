// The rows of Today: one a root cause, with what it keeps.
import { Link } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { Act } from '../act'
import { change, type Deed } from '../confirm'
import { order } from '../orders'
import { AssetLink, Chip, Facts, Says, Time } from '../parts'
import { useLiveQuery } from '../query'
import { Shape } from '../shape'
import * as t from '../texts/today'
import { ago, seconds, span } from '../words'
import { steady } from './attention'
import { ACKNOWLEDGE, BLASTS, type Blast, type Group, type Member } from './queries'
import { full } from './taken'

/** useSteady keeps rows where they are until the reader wants the new ones. Nobody minds while nothing is shown, or the page is not looked at. */
export function useSteady(next: Group[] | undefined) {
  const shown = useRef<Group[]>([])
  const [, again] = useState(0)
  if (next && (shown.current.length === 0 || document.hidden)) shown.current = next
  const s = steady(shown.current, next ?? shown.current)
  shown.current = s.rows.map((r) => r.row)
  const apply = () => {
    if (next) shown.current = next
    again((n) => n + 1)
  }
  return { ...s, apply }
}

/** Causes lists what is wrong by what has to change first. */
export function Causes({ steady: s, now, all, onAll }: { steady: ReturnType<typeof useSteady>; now: number; all: boolean; onAll: (all: boolean) => void }) {
  const blasts = useLiveQuery(BLASTS, {})
  const of = new Map(blasts.data?.attention.nodes.map((n) => [n.id, n.blast]))
  const news = [s.fresh > 0 && t.fresh(s.fresh), s.over > 0 && t.over(s.over)].filter(Boolean).join(', ')
  return (
    <>
      <p className="hide" role="status">{news}</p>
      {news && <button className="pending" onClick={s.apply}>{news}: {t.show}</button>}
      <ul className="rows causes">{s.rows.map(({ row, over }) => <Cause key={row.id} g={row} over={over} blast={of.get(row.id)} now={now} all={all} onAll={onAll} />)}</ul>
    </>
  )
}

function Cause({ g, over, blast, now, all, onAll }: { g: Group; over: boolean; blast: Blast | undefined; now: number; all: boolean; onAll: (all: boolean) => void }) {
  const late = seconds(g.lateBy)
  const name = g.cause.name.name
  const worst = g.members.nodes.find((m) => m.asset)?.asset ?? g.cause.asset
  const { totalCount, nodes } = g.members
  return (
    <li data-row={g.state === 'LATE' ? 'late' : 'attention'} data-code={g.state} data-over={over || undefined}>
      <div className="line">
        <Chip code={g.state} />
        <span className="tag" title={g.cause.name.namespace}>{t.kinds[g.cause.kind]}</span>
        <AssetLink asset={g.cause.asset} name={g.cause.name} />
        {g.cause.connector && g.cause.connector !== name && <span className="soft">{t.through(g.cause.connector)}</span>}
        {over && <span className="chip calm"><Shape kind="check" />{t.isOver}</span>}
        <span className="figure">{late ? t.lateBy(span(late)) : g.since ? <>{t.since} <Time at={g.since} now={now} /></> : ''}</span>
      </div>
      <p className="says"><Says text={g.cause.says} now={now} whole />{g.cause.since && <span className="soft"> ({t.since} <Time at={g.cause.since} now={now} />)</span>}</p>
      <Facts>
        {[
          g.cause.owner ? <>{t.ask} <b>{g.cause.owner}</b></> : t.noOwner,
          totalCount > 0 ? t.keeps(totalCount) : t.keepsNothing,
          blast && <span className="blast" title={t.blastWhy}>{blast.assets === 0 ? t.nothingDown : t.blast(blast.assets, blast.dashboards, blast.complete)}</span>,
          g.told.length > 0 && t.told(g.told.join(', ')),
        ]}
      </Facts>
      <ul className="affected">{nodes.map((m) => <Affected key={m.id} m={m} now={now} />)}</ul>
      {totalCount > nodes.length && (all ? <p className="partial"><Shape kind="half" /> {t.onlySome(nodes.length, totalCount)}</p> : <button className="quiet" onClick={() => onAll(true)}>{t.allMembers(totalCount)}</button>)}
      {all && totalCount > FEW && <button className="quiet" onClick={() => onAll(false)}>{t.fewerMembers}</button>}
      <div className="line deeds">
        {worst && <Link className="button" to="/a/$id" params={{ id: worst.id }} hash="why" aria-label={t.whyOf(worst.name.name)}>{t.why}</Link>}
        {worst && <Link className="button" to="/lineage" search={{ focus: [worst.id], up: 3 }} aria-label={t.lineageOf(worst.name.name)}>{t.lineage}</Link>}
        {!over && !g.acknowledgement && <Act deed={acknowledge(g)} aria-label={t.ackOf(name)}>{t.ack}</Act>}
        {g.acknowledgement && (
          <span className="acked"><Shape kind="check" /> <b>{t.ackBy(g.acknowledgement.actor)}</b> <span className="soft">{ago(g.acknowledgement.at, now)}: {g.acknowledgement.reason}{g.acknowledgement.newSince > 0 && <>; <b>{t.newSince(g.acknowledgement.newSince)}</b></>}</span>
            {!over && <Act deed={takeBack(g)} className="quiet">{t.takeBack}</Act>}</span>
        )}
      </div>
    </li>
  )
}

export const FEW = 4
/** MOST is what fits into one question for all causes that are shown: an answer has at most 20,000 objects. */
export const MOST = 150

/** waits is how something that is worse waits, too. */
const waits = (m: Member) => m.also.find((s) => s === 'WAIT' || s === 'AWAITING_APPROVAL')

function Affected({ m, now }: { m: Member; now: number }) {
  const late = seconds(m.lateBy)
  return (
    <li>
      <div className="line"><Chip code={m.state} />{waits(m) && <Chip code={waits(m)!} />}<AssetLink asset={m.asset} name={m.name} />{m.gate && <span className="tag">{t.asksGate}</span>}
        <span className="figure">{late ? t.lateBy(span(late)) : m.since ? <>{t.since} <Time at={m.since} now={now} /></> : ''} {m.asset && <Link to="/a/$id" params={{ id: m.asset.id }} hash="why" aria-label={t.whyOf(m.name.name)}>{t.why.toLowerCase()}</Link>}</span></div>
      <p className="soft"><Says text={m.says} now={now} /></p>
    </li>
  )
}

const nameOf = (g: Group) => full(g.cause.name)
/** ACKS: which namespaces a root cause lies in is known to weir alone. */
const ACKS = { mutation: 'acknowledge' }
const acknowledge = (g: Group): Deed => ({
  needs: ACKS, title: t.ackTitle, target: nameOf(g), effect: t.ackEffect, reason: true, command: (_, reason) => order('ack', [g.id], reason),
  go: async (reason) => ({ says: t.ackDone, id: g.id, position: (await change(ACKNOWLEDGE, { input: { attention: g.id, reason } })).acknowledge.position }),
})
const takeBack = (g: Group): Deed => ({
  needs: ACKS, title: t.backTitle, target: nameOf(g), effect: t.backEffect, reason: true, command: (_, reason) => order('ack', [g.id], reason, { 'take-back': true }),
  go: async (reason) => ({ says: t.backDone, id: g.id, position: (await change(ACKNOWLEDGE, { input: { attention: g.id, reason, takeBack: true } })).acknowledge.position }),
})
