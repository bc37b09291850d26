// Words for people. A status is never colour alone: each has a shape and a word.
export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'calm' | 'unknown'
export type Shape = 'dot' | 'square' | 'triangle' | 'ring' | 'clock' | 'pause' | 'play' | 'check' | 'cross' | 'skip' | 'query' | 'slash' | 'half'
export type Status = { word: string; shape: Shape; tone: Tone }

const statuses: Record<string, Status> = {
  FRESH: { word: 'fresh', shape: 'dot', tone: 'good' },
  DUE: { word: 'due', shape: 'half', tone: 'busy' },
  AT_RISK: { word: 'at risk', shape: 'triangle', tone: 'warn' },
  LATE: { word: 'late', shape: 'square', tone: 'bad' },
  EXEMPT: { word: 'exempt', shape: 'ring', tone: 'calm' },
  NONE: { word: 'no deadline', shape: 'ring', tone: 'calm' },
  UNREACHABLE: { word: 'does not answer', shape: 'slash', tone: 'bad' },
  STOPPED: { word: 'stopped', shape: 'pause', tone: 'bad' },
  UNKNOWN: { word: 'unknown', shape: 'query', tone: 'unknown' },
  RUN: { word: 'runs', shape: 'play', tone: 'good' },
  WAIT: { word: 'waits', shape: 'clock', tone: 'warn' },
  HOLD: { word: 'held', shape: 'pause', tone: 'warn' },
  SKIP: { word: 'skipped', shape: 'skip', tone: 'calm' },
  DENY: { word: 'denied', shape: 'cross', tone: 'bad' },
  NOTHING: { word: 'nothing to do', shape: 'ring', tone: 'calm' },
  PROPOSED: { word: 'expected', shape: 'ring', tone: 'calm' },
  AWAITING_APPROVAL: { word: 'asks for approval', shape: 'pause', tone: 'warn' },
  PLANNED: { word: 'planned', shape: 'ring', tone: 'busy' },
  HELD: { word: 'held', shape: 'pause', tone: 'warn' },
  READY: { word: 'ready', shape: 'half', tone: 'busy' },
  DISPATCHING: { word: 'being sent', shape: 'half', tone: 'busy' },
  AMBIGUOUS: { word: 'in doubt', shape: 'query', tone: 'unknown' },
  ACCEPTED: { word: 'accepted', shape: 'half', tone: 'busy' },
  RUNNING: { word: 'running', shape: 'play', tone: 'busy' },
  QUEUED: { word: 'queued', shape: 'clock', tone: 'busy' },
  SUCCEEDED: { word: 'succeeded', shape: 'check', tone: 'good' },
  FAILED: { word: 'failed', shape: 'cross', tone: 'bad' },
  PARTIAL: { word: 'partly', shape: 'half', tone: 'warn' },
  CANCELLED: { word: 'cancelled', shape: 'slash', tone: 'calm' },
  CANCELLING: { word: 'being cancelled', shape: 'slash', tone: 'warn' },
  REFUSED: { word: 'refused', shape: 'cross', tone: 'bad' },
  REJECTED: { word: 'rejected', shape: 'cross', tone: 'warn' },
  LOST: { word: 'lost', shape: 'query', tone: 'bad' },
  EXPIRED: { word: 'expired', shape: 'slash', tone: 'warn' },
  SHADOWED: { word: 'shadow only', shape: 'ring', tone: 'calm' },
  SUPERSEDED: { word: 'superseded', shape: 'skip', tone: 'calm' },
  SKIPPED: { word: 'skipped', shape: 'skip', tone: 'calm' },
  PASS: { word: 'passed', shape: 'check', tone: 'good' },
  FAIL: { word: 'failed', shape: 'cross', tone: 'bad' },
  TRUE: { word: 'yes', shape: 'check', tone: 'good' },
  FALSE: { word: 'no', shape: 'cross', tone: 'warn' },
}

export function status(code: string): Status {
  return statuses[code] ?? { word: code.toLowerCase().replaceAll('_', ' '), shape: 'ring', tone: 'calm' }
}

/** starts says whether a policy in this mode starts runs. */
export function starts(mode: string): boolean {
  return mode === 'ACT' || mode === 'ACT_CANCEL'
}

/** outcome is the word for a decision: what only looks does not run anything. */
export function outcome(code: string, mode: string): string {
  return code === 'RUN' && !starts(mode) ? 'would run' : status(code).word
}

/** openStates are those of an action that is not closed. */
export const openStates = new Set(['AWAITING_APPROVAL', 'PLANNED', 'HELD', 'READY', 'DISPATCHING', 'AMBIGUOUS', 'ACCEPTED', 'RUNNING', 'CANCELLING', 'LOST'])

/** ago says how long ago a time is, in the largest whole unit. */
export function ago(iso: string | null | undefined, now: number): string {
  if (!iso) return 'never'
  const s = Math.round((now - Date.parse(iso)) / 1000)
  const text = span(Math.abs(s))
  return s < -1 ? `in ${text}` : s < 5 ? 'just now' : `${text} ago`
}

/** span says a length of time in seconds in one unit, up to 36 h and above 90 s rounded. */
export function span(s: number): string {
  if (s < 90) return `${Math.round(s)} s`
  if (s < 5400) return `${Math.round(s / 60)} min`
  if (s < 129600) return `${Math.round(s / 3600)} h`
  return `${Math.round(s / 86400)} d`
}

const formats = {
  day: { day: 'numeric', month: 'short' }, year: { day: 'numeric', month: 'short', year: 'numeric' },
  minute: { hour: '2-digit', minute: '2-digit' }, second: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
} as const
const made: Partial<Record<keyof typeof formats, Intl.DateTimeFormat>> = {}

/** written is a part of a time in the reader's zone. What writes it is kept: to make that anew takes longer than to write a hundred. */
export const written = (at: Date, part: keyof typeof formats) => (made[part] ??= new Intl.DateTimeFormat(undefined, formats[part])).format(at)

/** day is a day in the reader's zone, with its year when that is another than the year of `than`. */
export const day = (at: number, than: number) => {
  const d = new Date(at)
  return written(d, d.getFullYear() === new Date(than).getFullYear() ? 'day' : 'year')
}

/** clock is a time in the reader's zone: the day only when it is not today, the year only when it is not this year. */
export function clock(iso: string, now: number, seconds = false): string {
  const d = new Date(iso)
  const on = d.toDateString() === new Date(now).toDateString() ? '' : `${day(d.getTime(), now)}, `
  return on + written(d, seconds ? 'second' : 'minute')
}

/** ticks are the words along an axis of times, in seconds: days where they lie days apart, else clock times, the first with its day. A year is said once, unless it is this one. */
export function ticks(at: number[], step: number, now: number): string[] {
  const time = (ms: number) => written(new Date(ms), step < 60 ? 'second' : 'minute')
  return at.map((s, i) => {
    const [ms, before] = [s * 1000, i > 0 ? at[i - 1]! * 1000 : null]
    const on = day(ms, before ?? now)
    if (step >= 86400) return on
    return before !== null && new Date(ms).toDateString() === new Date(before).toDateString() ? time(ms) : `${on}, ${time(ms)}`
  })
}

/** short keeps the last part of a long name, where the difference is. */
export function short(name: string, max = 34): string {
  if (name.length <= max) return name
  const head = Math.max(4, Math.floor(max / 3))
  return `${name.slice(0, head)}…${name.slice(-(max - head - 1))}`
}

/** halves splits a name where it may be cut when there is too little room: the end, where the difference is, is kept. */
export function halves(name: string, end = 13, most = 80): [string, string] {
  const letters = Array.from(short(name, most))
  return [letters.slice(0, -end).join(''), letters.slice(-end).join('')]
}

export type Part = { kind: 'text' | 'time' | 'id'; text: string; full?: string }
const special = /(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z|\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d+)?Z)|\b([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b|\b((?:\d+h)?(?:\d+m)?\d+(?:\.\d+)?s)\b/g

/** parts splits a sentence of weir's so that its times are shown in the reader's zone and ids short. */
export function parts(says: string): Part[] {
  const out: Part[] = []
  let at = 0
  const text = (t: string) => t && out.push({ kind: 'text', text: t })
  for (const m of says.matchAll(special)) {
    text(says.slice(at, m.index))
    if (m[1]) out.push({ kind: 'time', text: m[1].replace(' ', 'T') })
    else if (m[2]) out.push({ kind: 'id', text: m[2].slice(0, 8), full: m[2] })
    else text(length(m[3]!))
    at = m.index + m[0].length
  }
  text(says.slice(at))
  return out
}

/** length says Go's 24h29m0s as 24 h 29 min. */
export function length(d: string): string {
  const [, h, m, s] = /^(?:(\d+)h)?(?:(\d+)m)?(\d+(?:\.\d+)?)s$/.exec(d) ?? []
  if (s === undefined) return d
  return [h && h !== '0' ? `${h} h` : '', m && m !== '0' ? `${m} min` : '', s !== '0' || (!h && !m) ? `${s} s` : ''].filter(Boolean).join(' ') || '0 s'
}

/** tail is a sentence without the word that the chip beside it says already. */
export function tail(says: string): string {
  return says.replace(/^(waits|runs|held|denied|skipped|nothing to do|not ready): /, '').replace(/^late (?=since)/, '')
}

/** seconds reads an ISO 8601 duration such as PT4H2M; null when it is none. */
export function seconds(iso: string | null | undefined): number | null {
  const m = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(iso ?? '')
  if (!m) return null
  return Number(m[1] ?? 0) * 86400 + Number(m[2] ?? 0) * 3600 + Number(m[3] ?? 0) * 60 + Number(m[4] ?? 0)
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}

/** lasted says an ISO 8601 duration, which may be negative. */
export function lasted(iso: string | null | undefined): string {
  if (!iso) return ''
  const minus = iso.startsWith('-')
  const s = seconds(minus ? iso.slice(1) : iso)
  return s === null ? iso : `${minus ? '−' : ''}${span(s)}`
}

/** fullName is a name with its namespace, as people write it and copy it. */
export const fullName = (n: { namespace: string; name: string }) => `${n.namespace}/${n.name}`

/** local is a time as an input of the reader's zone has it. */
export function local(iso: string): string {
  const d = new Date(iso)
  return new Date(d.getTime() - d.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}
