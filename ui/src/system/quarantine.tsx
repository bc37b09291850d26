import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { Act } from '../act'
import { Called } from '../called'
import { change, type Deed } from '../confirm'
import { asked } from '../asked'
import { CopyAs } from '../copyas'
import { dlqOrder } from '../orders'
import { usePaged } from '../paged'
import { Drawer } from '../drawer'
import { useNow } from '../live'
import { Body, Pane } from '../pane'
import { Facts, Time } from '../parts'
import { useLiveQuery } from '../query'
import { Shape } from '../shape'
import { Table, tableForms, type Column } from '../table'
import * as t from '../texts/system'
import { DROP, LETTER, LETTERS, REPLAY, type Letter } from './queries'
import { fullName } from '../words'

const route = getRouteApi('/system')

/** MOST is how many one statement may name. */
const MOST = 200

/** Quarantine lists the events that made no facts, with what can be done about them. */
export function Quarantine() {
  const now = useNow()
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set())
  const { event } = route.useSearch()
  const navigate = route.useNavigate()
  const setOpen = (l: Letter | null) => void navigate({ search: (s) => ({ ...s, event: l?.position }), replace: true, resetScroll: false })
  const list = usePaged(LETTERS, { first: 100 }, (d) => d.quarantine, { key: (l: Letter) => l.position, hold: true })
  const chosen = list.rows.filter((l) => picked.has(l.position)).map((l) => l.position).slice(0, MOST)
  const toggle = (p: string) => setPicked((had) => new Set(had.has(p) ? [...had].filter((x) => x !== p) : [...had, p]))
  const act = (drop: boolean, positions: string[]): Deed => ({
    needs: { mutation: drop ? 'dropQuarantined' : 'replayQuarantined' }, title: drop ? t.drop : t.replay, target: t.ofPositions(positions), effect: (drop ? t.dropEffect : t.replayEffect)(positions.length), danger: drop, command: dlqOrder(drop, positions),
    go: async () => {
      const { position } = drop ? (await change(DROP, { input: { positions } })).dropQuarantined : (await change(REPLAY, { input: { positions } })).replayQuarantined
      setPicked(new Set())
      setOpen(null)
      list.answer.again()
      return { says: t.did, id: `statement_${position}`, position }
    },
  })
  const columns: Column<Letter>[] = [
    { key: 'pick', title: '', width: '24px', cell: (l) => <input type="checkbox" aria-label={t.select(l.position)} checked={picked.has(l.position)} onChange={() => toggle(l.position)} /> },
    { key: 'at', title: t.columns.at, width: '120px', cell: (l) => <Time at={l.receivedAt} now={now} />, value: (l) => l.receivedAt },
    { key: 'code', title: t.columns.code, width: '110px', cell: (l) => <span className="tag">{l.code.replace('_', ' ')}</span>, value: (l) => l.code },
    { key: 'message', title: t.columns.message, width: 'minmax(260px, 3fr)', cell: (l) => <span title={l.message}>{l.message}</span>, value: (l) => l.message },
    { key: 'job', title: t.columns.job, width: 'minmax(160px, 1fr)', cell: (l) => (l.job ? <Called name={l.job.name} title={fullName(l.job)} /> : '—'), value: (l) => (l.job ? fullName(l.job) : null) },
    { key: 'bytes', title: t.columns.bytes, width: '80px', right: true, cell: (l) => l.bytes, value: (l) => l.bytes },
    { key: 'position', title: t.columns.position, width: '80px', right: true, cell: (l) => <code>{l.position}</code>, value: (l) => l.position },
  ]
  return (
    <Pane title={t.quarantine} id="quarantine" answer={list.answer} empty={list.rows.length === 0 && t.noLetters}
      extra={<span className="filters">{chosen.length > 0 && <><span>{t.selected(chosen.length)}</span><Act deed={act(false, chosen)} /><Act deed={act(true, chosen)} /></>}<CopyAs of={{ ...tableForms(columns, list.rows, list.more), cli: 'weir dlq list', asked: asked(LETTERS, { first: 100 }), file: 'quarantine' }} /></span>}>
      {list.fresh > 0 && <button className="pending" onClick={list.showFresh}>{t.fresh(list.fresh)}</button>}
      <Table label={t.quarantine} columns={columns} rows={list.rows} rowKey={(l) => l.position} onEnd={list.next} selected={event} onOpen={setOpen} onPeek={setOpen} />
      {list.more && <p className="partial"><Shape kind="half" /> {t.more}</p>}
      {event && <Drawer key={event} title={t.ofPositions([event])} onClose={() => setOpen(null)}><One position={event} act={act} /></Drawer>}
    </Pane>
  )
}

function One({ position, act }: { position: string; act: (drop: boolean, positions: string[]) => Deed }) {
  const answer = useLiveQuery(LETTER, { position }, { still: true })
  const l = answer.data?.quarantine.nodes[0]
  return (
    <Body answer={answer} empty={!l && t.noLetter}>{l && <>
      <p className="wrong">{l.message}</p>
      <Facts>{[l.code, l.where && <code>{l.where}</code>, l.producer, t.version(l.version)]}</Facts>
      <p className="buttons drawer-buttons"><Act deed={act(false, [position])} /><Act deed={act(true, [position])} /></p>
      <h3>{t.body}</h3>
      <pre tabIndex={0}>{l.body}</pre>
    </>}</Body>
  )
}
