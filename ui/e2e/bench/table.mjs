// The table that make bench-ui prints: what was measured, and what it may take.
import { cpus, loadavg } from 'node:os'

export const ms = (x) => `${Math.round(x)} ms`
export const at = (list, p) => list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * p))]

/** FREEZE is how long a page may not answer (ux.md 9), in ms. */
const FREEZE = 100
const rows = []

/** put adds a row; kept says whether its budget is kept, of a row that has none nothing. */
export function put(measure, figure, budget = '', kept = true) {
  rows.push([measure, figure, budget, kept])
  console.error(`${kept ? '' : 'MISSED '}${measure}: ${figure}${budget && `, of ${budget}`}`)
}

/** within adds a time with what it may take at most. */
export const within = (measure, took, budget) => put(measure, ms(took), ms(budget), Math.round(took) <= budget)

/** frozen adds what a page could not answer for; a busy machine is told from a page that has much to do by the processor time. */
export function frozen(doing, { longest, own }, budget = FREEZE) {
  put(`longest freeze while ${doing}`, longest === 0 ? 'none over 50 ms' : `${ms(longest)}, ${ms(own)} of it the page's own work`, budget ? ms(budget) : '', !budget || longest <= budget)
}

/**
 * unfrozen adds what several openings of a page could not answer for: each is of a process that begins, beside
 * others, so that the median counts by the clock, and of the page's own work the worst.
 */
export function unfrozen(doing, list) {
  const longest = at(list.map((f) => f.longest), 0.5)
  const most = Math.max(...list.map((f) => f.most))
  put(`longest freeze while ${doing}, median of ${list.length}`, longest === 0 ? 'none over 50 ms' : ms(longest), ms(FREEZE), longest <= FREEZE)
  within(`the page's own longest work meanwhile, worst of ${list.length}`, most, FREEZE)
}

/** paced adds how long frames took; 60 a second are 17 ms each. */
export const paced = (doing, f) => put(`frames while ${doing}: median, p95, worst`, [f.median, f.p95, f.worst].map(ms).join(', '), 'p95 17 ms, 60 a second', Math.round(f.p95) <= 17)

/** tell prints the table, and says how many budgets were missed. */
export function tell() {
  const missed = rows.filter((r) => !r[3])
  console.log(`${cpus().length} processors (${cpus()[0].model.trim()}), load ${loadavg()[0].toFixed(1)}, Chromium without a graphics card, embedded store`)
  console.log('| measure | figure | budget |\n|---|---|---|')
  for (const [measure, figure, budget, kept] of rows) console.log(`| ${measure} | ${figure} | ${budget}${kept ? '' : ': **missed**'} |`)
  if (missed.length > 0) console.error(`${missed.length} of ${rows.filter((r) => r[2]).length} budgets missed: ${missed.map((r) => r[0]).join('; ')}`)
  return missed.length
}
