// Words for people. A status is never colour alone: each has a shape and a word.
export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'calm' | 'unknown'
export type Status = { word: string; shape: string; tone: Tone }

const statuses: Record<string, Status> = {
  FRESH: { word: 'fresh', shape: '●', tone: 'good' },
  DUE: { word: 'due', shape: '◔', tone: 'busy' },
  AT_RISK: { word: 'at risk', shape: '▲', tone: 'warn' },
  LATE: { word: 'late', shape: '■', tone: 'bad' },
  EXEMPT: { word: 'exempt', shape: '○', tone: 'calm' },
  NONE: { word: 'no policy', shape: '○', tone: 'calm' },
  UNKNOWN: { word: 'unknown', shape: '?', tone: 'unknown' },
  RUN: { word: 'runs', shape: '▶', tone: 'good' },
  WAIT: { word: 'waits', shape: '◷', tone: 'warn' },
  HOLD: { word: 'held', shape: '‖', tone: 'warn' },
  SKIP: { word: 'skipped', shape: '»', tone: 'calm' },
  DENY: { word: 'denied', shape: '✕', tone: 'bad' },
  NOTHING: { word: 'nothing to do', shape: '○', tone: 'calm' },
  READY: { word: 'ready', shape: '▷', tone: 'busy' },
  DISPATCHING: { word: 'being sent', shape: '▷', tone: 'busy' },
  AMBIGUOUS: { word: 'in doubt', shape: '?', tone: 'unknown' },
  ACCEPTED: { word: 'accepted', shape: '▷', tone: 'busy' },
  RUNNING: { word: 'running', shape: '▶', tone: 'busy' },
  QUEUED: { word: 'queued', shape: '◷', tone: 'busy' },
  SUCCEEDED: { word: 'succeeded', shape: '✓', tone: 'good' },
  FAILED: { word: 'failed', shape: '✕', tone: 'bad' },
  CANCELLED: { word: 'cancelled', shape: '⊘', tone: 'calm' },
  CANCELLING: { word: 'being cancelled', shape: '⊘', tone: 'warn' },
  REFUSED: { word: 'refused', shape: '✕', tone: 'bad' },
  LOST: { word: 'lost', shape: '?', tone: 'bad' },
  EXPIRED: { word: 'expired', shape: '⌛', tone: 'warn' },
  SHADOWED: { word: 'shadow only', shape: '◌', tone: 'calm' },
  SUPERSEDED: { word: 'superseded', shape: '»', tone: 'calm' },
  SKIPPED: { word: 'skipped', shape: '»', tone: 'calm' },
  PASS: { word: 'passed', shape: '✓', tone: 'good' },
  FAIL: { word: 'failed', shape: '✕', tone: 'bad' },
  TRUE: { word: 'yes', shape: '✓', tone: 'good' },
  FALSE: { word: 'no', shape: '✕', tone: 'warn' },
}

export function status(code: string): Status {
  return statuses[code] ?? { word: code.toLowerCase().replaceAll('_', ' '), shape: '○', tone: 'calm' }
}

export const open = new Set(['READY', 'DISPATCHING', 'AMBIGUOUS', 'ACCEPTED', 'RUNNING', 'CANCELLING', 'LOST', 'HELD', 'PLANNED'])

/** ago says how long ago a time is, in the largest whole unit. */
export function ago(iso: string | null | undefined, now: number): string {
  if (!iso) return 'never'
  const s = Math.round((now - Date.parse(iso)) / 1000)
  const text = span(Math.abs(s))
  return s < -1 ? `in ${text}` : s < 5 ? 'just now' : `${text} ago`
}

export function span(s: number): string {
  if (s < 90) return `${Math.round(s)} s`
  if (s < 5400) return `${Math.round(s / 60)} min`
  if (s < 129600) return `${Math.round(s / 3600)} h`
  return `${Math.round(s / 86400)} d`
}

/** short keeps the last part of a long name, where the difference is. */
export function short(name: string, max = 34): string {
  if (name.length <= max) return name
  const head = Math.max(4, Math.floor(max / 3))
  return `${name.slice(0, head)}…${name.slice(-(max - head - 1))}`
}

/** deciding is the sentence of the first leaf that carries the value of its root. */
export function deciding(reasons: { depth: number; value: string; says: string }[]): string {
  return reasons[0]?.says ?? ''
}
