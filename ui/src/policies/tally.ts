// The numbers of a simulation: which there are, how they are said, and summed
// up by owner. Pure.
import { grouped } from '../texts/count'
import { seconds } from '../words'
import type { Simulated, Tally } from './queries'

type Key = 'runs' | 'failed' | 'stale' | 'missed' | 'minutesLate' | 'minutesHeld' | 'busy'
export type Measure = { key: Key; of: (x: Tally) => number; says: (x: Tally | null) => string; /** More is neither better nor worse. */ neutral?: true }

const hours = (x: Tally) => (seconds(x.busy) ?? 0) / 3600
const plain = (key: Exclude<Key, 'busy'>, neutral?: true): Measure => ({ key, of: (x) => x[key], says: (x) => (x ? grouped(x[key]) : '—'), ...(neutral && { neutral }) })

export const measures: readonly Measure[] = [
  plain('runs', true), plain('failed'), plain('stale'),
  { key: 'missed', of: (x) => x.missed, says: (x) => (x ? `${x.missed} of ${x.deadlines}` : '—') },
  plain('minutesLate'), plain('minutesHeld'),
  { key: 'busy', of: hours, says: (x) => (x ? hours(x).toFixed(1) : '—'), neutral: true },
]

const zero: Tally = { runs: 0, failed: 0, stale: 0, deadlines: 0, missed: 0, minutesLate: 0, minutesHeld: 0, busy: 'PT0S' }

function plus(a: Tally | null, b: Tally | null): Tally | null {
  if (!a || !b) return a ?? b
  const sum = { ...zero, busy: `PT${Math.round((seconds(a.busy) ?? 0) + (seconds(b.busy) ?? 0))}S` }
  for (const k of ['runs', 'failed', 'stale', 'deadlines', 'missed', 'minutesLate', 'minutesHeld'] as const) sum[k] = a[k] + b[k]
  return sum
}

/** ownersOf sums up the policies of each owner; '' is nobody. */
export function ownersOf(list: readonly Simulated[]): Simulated[] {
  const by = new Map<string, Simulated>()
  for (const p of list) {
    const owner = p.owner ?? ''
    const had = by.get(owner)
    by.set(owner, { ...p, policy: owner, note: had?.note ?? p.note, before: had ? plus(had.before, p.before) : p.before, after: had ? plus(had.after, p.after) : p.after })
  }
  return [...by.values()].sort((a, b) => a.policy.localeCompare(b.policy))
}
