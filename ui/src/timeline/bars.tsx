// What lies in a row of the chart. Waiting is hatched, running solid, a failure
// has a notch, what is expected is dashed, what has no lane of its own is +n.
import * as t from '../texts/timeline'
import { clock, fullName, short, status } from '../words'
import { shared, tally, type Band, type Bundle, type Drawn, type Mark, type Piece, type Row } from './model'

export const LANE = 16
export const PAD = 6
export const tall = (d: Drawn) => d.lanes * LANE + 2 * PAD
const said = (ms: number, now: number, seconds = false) => clock(new Date(ms).toISOString(), now, seconds)

/** sentence says what a piece is. */
export const sentence = (p: Piece, name: string, now: number) =>
  t.barSays(name, status(p.state).word, said(p.from, now, true), p.open ? t.stillGoing : said(p.to, now, true))

/** Look is how the chart is looked at: where a time lies, what is chosen, what a click does. */
export type Look = { x: (at: number) => number; from: number; to: number; now: number; names: number; width: number; active: string | undefined; path: ReadonlySet<string>; onOpen: (p: Piece) => void; onRow: (r: Row) => void; onLanes: (r: Row) => void }

export function RowOf({ row, d, y, look }: { row: Row; d: Drawn; y: number; look: Look }) {
  const lane = (n: number) => y + PAD + n * LANE
  const many = shared(row)
  return (
    <g className="row">
      <path d={`M0 ${y}H${look.width}`} className="rule" />
      {row.bands.map((b) => <Late key={b.key} b={b} y={y} height={tall(d)} look={look} />)}
      <text data-name x={8} y={y + PAD + 12} onClick={() => look.onRow(row)}><title>{fullName(row)}</title>{short(row.name, look.names < 200 ? 13 : 32)}</text>
      {many > 0 && <text data-lanes className="lanes" x={8} y={lane(1) + 12} onClick={() => look.onLanes(row)}>{d.lanes < row.lanes ? t.lanesMore(many) : t.lanesFewer}</text>}
      {d.pieces.map((p) => <Bar key={p.key} p={p} y={lane(p.lane)} name={row.name} look={look} />)}
      {d.bundles.map((b) => <Many key={b.key} b={b} y={lane(d.lanes - 1)} name={row.name} look={look} onOpen={() => look.onLanes(row)} />)}
      {row.marks.filter((m) => m.at >= look.from && m.at < look.to).map((m) => <Deadline key={m.key} m={m} y={y} height={tall(d)} look={look} />)}
    </g>
  )
}

/** Late is when the data of a row was late: behind what ran meanwhile. */
function Late({ b, y, height, look }: { b: Band; y: number; height: number; look: Look }) {
  const [left, right] = [look.x(b.from), look.x(b.to)]
  return (
    <g data-late className="late">
      <title>{`${t.lateSays(b.name, said(b.from, look.now), b.open ? t.stillGoing : said(b.to, look.now))}\n${b.says.slice(0, 300)}`}</title>
      <rect x={left} y={y + 1} width={Math.max(2, right - left)} height={height - 1} />
      <path d={`M${left} ${y + height - 1}H${Math.max(left + 2, right)}`} />
    </g>
  )
}

function Bar({ p, y, name, look }: { p: Piece; y: number; name: string; look: Look }) {
  const { x, now } = look
  const [a, b] = [x(p.from), Math.max(x(p.to), x(p.from) + (p.kind === 'plan' && p.open ? 10 : 3))]
  const w = p.waits === null ? 0 : a - x(p.waits)
  const when = `${said(p.from, now, true)} – ${p.open ? t.stillGoing : said(p.to, now, true)}`
  const drawn = `piece ${p.kind} ${p.tone}${p.open ? ' open' : ''}${p.key === look.active ? ' active' : ''}${look.path.has(p.id) ? ' critical' : ''}`
  return (
    <g data-piece={p.kind} data-state={p.state} className={drawn} onClick={() => look.onOpen(p)}>
      <title>{`${name}\n${status(p.state).word}, ${when}${p.says ? `\n${p.says.slice(0, 300)}` : ''}`}</title>
      {w > 1 && <rect x={a - w} y={y + 3} width={w} height={8} className="wait" />}
      <rect x={a} y={y + 1} width={b - a} height={12} rx={2} className="bar" />
      {p.tone === 'bad' && <Notch x={b} y={y} />}
      {p.open && p.kind === 'run' && <path d={`M${b} ${y + 1}l5 6-5 6Z`} className="tip" />}
    </g>
  )
}

const Notch = ({ x, y }: { x: number; y: number }) => <path d={`M${x} ${y + 1}l-6 6 6 6Z`} className="notch" />

/** Many is a bundle: how many lie there, in how many of each state when one points at it. */
function Many({ b, y, name, look, onOpen }: { b: Bundle; y: number; name: string; look: Look; onOpen: () => void }) {
  const [left, right] = [look.x(b.from), Math.max(look.x(b.to), look.x(b.from) + 3)]
  const inside = right - left > 34
  const says = tally(b.pieces).map(([state, n]) => `${n} ${status(state).word}`).join(', ')
  const has = (key: (p: Piece) => boolean) => b.pieces.some(key)
  return (
    <g data-bundle={b.pieces.length} className={`piece many ${b.tone}${has((p) => p.key === look.active) ? ' active' : ''}${has((p) => look.path.has(p.id)) ? ' critical' : ''}`} onClick={onOpen}>
      <title>{`${name}\n${t.bundle(b.pieces.length, says)}, ${said(b.from, look.now)} – ${said(b.to, look.now)}`}</title>
      <rect x={left} y={y + 1} width={right - left} height={12} rx={2} className="bar" />
      {b.tone === 'bad' && <Notch x={right} y={y} />}
      <text x={inside ? left + 5 : right + 3} y={y + 11}>{t.plus(b.pieces.length)}</text>
    </g>
  )
}

function Deadline({ m, y, height, look }: { m: Mark; y: number; height: number; look: Look }) {
  const x = look.x(m.at)
  return (
    <g className={`due ${status(m.state).tone}`}>
      <title>{`${t.legend.deadline} ${said(m.at, look.now)}, ${m.name}: ${m.says}`}</title>
      <path d={`M${x} ${y + 2}v${height - 4}`} /><path d={`M${x} ${y + 2}l7 4-7 4Z`} className="flag" />
    </g>
  )
}
