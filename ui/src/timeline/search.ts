// What the address of the timeline holds: a window that moves with the time
// (win), or one that stands (from, to); what is chosen in it (sel);
// the rows of which every lane is drawn (lanes).
import { flag, oneOf, text, texts, time, whole, type Raw } from '../search'

export const windows = ['1h', '6h', '24h', '3d', '14d'] as const
export type Window = (typeof windows)[number]
export type TimelineSearch = { win?: Window; from?: string; to?: string; q?: string; tool?: string; of?: string; up?: number; path?: string; sel?: string; table?: true; lanes?: string[] }

export const timelineSearch = (s: Raw): TimelineSearch => ({
  win: oneOf(s.win, windows), from: time(s.from), to: time(s.to), q: text(s.q), tool: text(s.tool), of: text(s.of), up: whole(s.up, 0, 10), path: text(s.path), sel: text(s.sel), table: flag(s.table), lanes: texts(s.lanes),
})

const hours: Record<Window, number> = { '1h': 1, '6h': 6, '24h': 24, '3d': 72, '14d': 336 }
export const MAX = 92 * 24 * 3600_000
const minute = 60_000

/** rangeOf is the window in ms. One that moves ends a quarter of itself after now, for what is expected; it steps once a minute. */
export function rangeOf(s: TimelineSearch, now: number): [from: number, to: number] {
  if (s.from && s.to && Date.parse(s.from) < Date.parse(s.to)) return [Math.max(Date.parse(s.from), Date.parse(s.to) - MAX), Date.parse(s.to)]
  const long = hours[s.win ?? '24h'] * 3600_000
  const at = Math.ceil(now / minute) * minute
  return [at - long, at + long / 4]
}

export const iso = (ms: number) => new Date(ms).toISOString()
