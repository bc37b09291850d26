// From what weir says of a window to rows of a chart. Pure.
import { status, type Tone } from '../words'
import type { Timeline } from './queries'

export type Piece = {
  key: string
  kind: 'run' | 'plan'
  /** The run's or the action's id. */
  id: string
  from: number
  to: number
  /** Since when it could have run: it waited until from; null when that is not known. */
  waits: number | null
  state: string
  tone: Tone
  /** Its end is not known: it goes on, or nobody says. */
  open: boolean
  says: string
  lane: number
}
export type Mark = { at: number; name: string; says: string; state: string; key: string }
/** A band is a time during which data was late, as far as is known up to now. */
export type Band = { key: string; from: number; to: number; open: boolean; name: string; says: string }
export type Row = { key: string; id: string | null; name: string; namespace: string; tool: string | null; pieces: Piece[]; marks: Mark[]; bands: Band[]; lanes: number }

/** LONGEST is how long a run may have waited since its scheduled time to be drawn as waiting: what is later is a run for the past. */
const LONGEST = 24 * 3600_000

/** rowsOf makes a row for each job, the first to start on top. */
export function rowsOf(t: Timeline): Row[] {
  const now = Date.parse(t.now)
  const rows = new Map<string, Row>()
  const row = (job: { id: string; name: { namespace: string; name: string }; integration?: string | null } | null, other: { id: string; name: { namespace: string; name: string } }) => {
    const key = job?.id ?? other.id
    const had = rows.get(key)
    if (had) return had
    const of = job ?? other
    const made: Row = { key, id: of.id, name: of.name.name, namespace: of.name.namespace, tool: job?.integration ?? null, pieces: [], marks: [], bands: [], lanes: 1 }
    rows.set(key, made)
    return made
  }
  for (const r of t.runs) {
    const from = Date.parse(r.startedAt ?? r.endedAt ?? r.lastEventAt)
    const open = !r.endedAt
    const to = r.endedAt ? Date.parse(r.endedAt) : r.state === 'UNKNOWN' ? Date.parse(r.lastEventAt) : Math.max(now, from)
    const due = r.nominalEnd ? Date.parse(r.nominalEnd) : NaN
    const waits = due < from && from - due < LONGEST ? due : null
    row(r.job, { id: r.id, name: { namespace: '', name: r.runId } }).pieces.push({ key: r.id, kind: 'run', id: r.id, from, to, waits, state: r.state, tone: status(r.state).tone, open, says: r.error ?? '', lane: 0 })
  }
  for (const p of t.planned) {
    const from = p.action.expectedAt ? Math.max(now, Date.parse(p.action.expectedAt)) : now
    const until = p.until ? Date.parse(p.until) : NaN
    row(p.job, { id: p.target, name: p.action.targetName }).pieces.push({
      key: p.action.id, kind: 'plan', id: p.action.id, from, to: until > from ? until : from, waits: null, state: p.action.state, tone: status(p.action.state).tone, open: !(until > from), says: p.action.says, lane: 0,
    })
  }
  for (const d of t.deadlines) row(d.job, { id: d.target, name: d.name }).marks.push({ at: Date.parse(d.at), name: d.name.name, says: `${d.policyName}: ${d.says}`, state: d.state, key: `${d.target} ${d.policyName}` })
  for (const l of t.late) {
    const from = Date.parse(l.since)
    row(l.job, { id: l.target, name: l.name }).bands.push({ key: `${l.target} ${l.policyName} ${l.since}`, from, to: l.until ? Date.parse(l.until) : Math.max(now, from), open: !l.until, name: l.name.name, says: `${l.policyName}: ${l.says}` })
  }
  const out = [...rows.values()]
  for (const r of out) lanes(r)
  const first = (r: Row) => Math.min(...r.pieces.map((p) => p.from), ...r.marks.map((m) => m.at), ...r.bands.map((b) => b.from))
  return out.sort((a, b) => first(a) - first(b) || (a.name < b.name ? -1 : 1))
}

/** lanes puts pieces that overlap below each other, however many. */
function lanes(row: Row) {
  const ends: number[] = []
  row.pieces.sort((a, b) => a.from - b.from || (a.key < b.key ? -1 : 1))
  for (const p of row.pieces) {
    let lane = ends.findIndex((end) => end <= p.from)
    if (lane < 0) lane = ends.length
    ends[lane] = p.to
    p.lane = lane
  }
  row.lanes = Math.max(1, ends.length)
}

/** A bundle is what has no lane of its own, drawn as one: how many, and the worst of them. */
export type Bundle = { key: string; pieces: Piece[]; from: number; to: number; tone: Tone }
export type Drawn = { lanes: number; pieces: Piece[]; bundles: Bundle[] }

/** LANES is how many lanes a row has unless it is unfolded: a backfill may run fifty at once. */
export const LANES = 6
const worst: Tone[] = ['bad', 'warn', 'unknown', 'busy', 'good', 'calm']

/** drawn is what of a row is drawn one by one, and what as a bundle on its last lane. Bundles that lie nearer than gap are one. */
export function drawn(row: Row, whole: boolean, gap = 0): Drawn {
  if (whole || row.lanes <= LANES) return { lanes: row.lanes, pieces: row.pieces, bundles: [] }
  const last = LANES - 1
  const bundles: Bundle[] = []
  for (const p of row.pieces.filter((p) => p.lane >= last)) {
    const near = bundles.at(-1)
    if (near && p.from < near.to + gap) {
      near.pieces.push(p)
      near.to = Math.max(near.to, p.to)
      near.tone = worst.find((t) => t === near.tone || t === p.tone)!
    } else bundles.push({ key: p.key, pieces: [p], from: p.from, to: p.to, tone: p.tone })
  }
  const alone = bundles.filter((b) => b.pieces.length === 1).map((b) => ({ ...b.pieces[0]!, lane: last }))
  return { lanes: LANES, pieces: [...row.pieces.filter((p) => p.lane < last), ...alone], bundles: bundles.filter((b) => b.pieces.length > 1) }
}

/** shared is how many pieces of a row share its last lane while it is folded. */
export const shared = (row: Row) => (row.lanes > LANES ? row.pieces.filter((p) => p.lane >= LANES - 1).length : 0)

/** tally counts states, those of most first. */
export function tally(pieces: Piece[]): [state: string, n: number][] {
  const by = new Map<string, number>()
  for (const p of pieces) by.set(p.state, (by.get(p.state) ?? 0) + 1)
  return [...by].sort((a, b) => b[1] - a[1])
}

const steps = [60, 300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86400, 2 * 86400, 7 * 86400, 14 * 86400]

/** ticks are round times in a window, about a dozen at most, at whole hours and days of the reader's zone. */
export function ticks(from: number, to: number, most = 12): number[] {
  const step = (steps.find((s) => ((to - from) / 1000 / s) <= most) ?? steps.at(-1)!) * 1000
  const shift = new Date(from).getTimezoneOffset() * 60_000
  const out: number[] = []
  for (let at = Math.ceil((from - shift) / step) * step + shift; at < to; at += step) out.push(at)
  return out
}
