// The times of a backfill, as a row from one to another. Pure.
import { order, unsaid } from '../orders'

/** most is how many runs one backfill may have. */
export const most = 400
export const steps = { hour: 3_600_000, day: 86_400_000, week: 7 * 86_400_000 } as const
export type Step = keyof typeof steps

/** timesOf are the times in UTC, both ends with it; count is how many there are, also when they are too many to list. */
export function timesOf(from: string, to: string, step: Step): { count: number; times: string[] } {
  const begin = Date.parse(`${from}Z`)
  const end = Date.parse(`${to}Z`)
  if (Number.isNaN(begin) || Number.isNaN(end) || end < begin) return { count: 0, times: [] }
  const count = Math.floor((end - begin) / steps[step]) + 1
  const times = Array.from({ length: Math.min(count, most) }, (_, i) => new Date(begin + i * steps[step]).toISOString().replace('.000Z', 'Z'))
  return { count, times }
}

/** commandOf is the same by command, as far as it was said. */
export function commandOf(ref: string, f: { from: string; to: string; every: Step; parallel: string; parameter: string }, reason: string): string {
  const at = (time: string) => (time ? `${time}:00Z` : unsaid)
  return order('backfill', [ref], reason, { from: at(f.from), to: at(f.to), every: `${steps[f.every] / steps.hour}h`, parallel: f.parallel || 1, parameter: f.parameter })
}
