import { expect, test } from 'vitest'
import { rowsOf, ticks } from './model'
import type { Timeline } from './queries'
import { rangeOf, timelineSearch } from './search'

const at = (h: number) => new Date(Date.UTC(2026, 2, 1, h)).toISOString()
const job = (name: string) => ({ __typename: 'Job' as const, id: name, name: { namespace: 'p', name }, integration: 'AIRFLOW' })
const run = (id: string, of: string, start: number, end: number | null, more = {}) => ({ id, runId: id, state: 'SUCCEEDED', expired: null, startedAt: at(start), endedAt: end === null ? null : at(end), nominalEnd: null, lastEventAt: at(start), error: null, job: job(of), ...more })
const timeline = (t: Partial<Timeline>) => ({ runs: [], planned: [], deadlines: [], complete: true, now: at(12), ...t }) as never as Timeline

test('rows are jobs, the first to start on top; what overlaps lies below', () => {
  const rows = rowsOf(timeline({ runs: [run('r3', 'b', 3, 4), run('r1', 'a', 2, 6), run('r2', 'a', 5, 7), run('r4', 'a', 8, 9)] as never }))
  expect(rows.map((r) => r.name)).toEqual(['a', 'b'])
  expect(rows[0]!.pieces.map((p) => p.lane)).toEqual([0, 1, 0])
  expect(rows[0]!.lanes).toBe(2)
})

test('a run that goes on reaches to now, one that nobody knows of to what was heard last', () => {
  const rows = rowsOf(timeline({ runs: [run('r1', 'a', 2, null, { state: 'RUNNING' }), run('r2', 'b', 3, null, { state: 'UNKNOWN', lastEventAt: at(4) })] as never }))
  expect(rows.map((r) => [r.pieces[0]!.to, r.pieces[0]!.open])).toEqual([[Date.parse(at(12)), true], [Date.parse(at(4)), true]])
})

test('waiting counts from the scheduled time, but not of a run for the past', () => {
  const rows = rowsOf(timeline({ runs: [run('r1', 'a', 6, 7, { nominalEnd: at(4) }), run('r2', 'b', 6, 7, { nominalEnd: '2026-02-01T00:00:00Z' }), run('r3', 'c', 6, 7, { nominalEnd: at(8) })] as never }))
  expect(rows.map((r) => r.pieces[0]!.waits)).toEqual([Date.parse(at(4)), null, null])
})

test('what is expected is never before now, and has an end only when one is known', () => {
  const plan = (id: string, expectedAt: string | null, until: string | null) => ({ target: id, until, job: null, action: { id, state: 'PROPOSED', kind: 'TRIGGER', expectedAt, says: '', toolJob: 'j', connector: 'c', targetName: { namespace: 'n', name: id }, policies: [] } })
  const rows = rowsOf(timeline({ planned: [plan('x', at(10), at(14)), plan('y', at(15), null)] as never }))
  expect(rows.map((r) => [r.pieces[0]!.from, r.pieces[0]!.to, r.pieces[0]!.open])).toEqual([[Date.parse(at(12)), Date.parse(at(14)), false], [Date.parse(at(15)), Date.parse(at(15)), true]])
})

test('ticks are round and few', () => {
  const list = ticks(Date.parse(at(0)), Date.parse(at(12)))
  expect(list.length).toBeLessThanOrEqual(13)
  expect(list.every((t) => t % 3600_000 === 0)).toBe(true)
})

test('an address gives a window, whatever it says', () => {
  const now = Date.parse(at(12))
  expect(rangeOf(timelineSearch({ from: at(1), to: at(2) }), now)).toEqual([Date.parse(at(1)), Date.parse(at(2))])
  expect(rangeOf(timelineSearch({ from: at(2), to: at(1), win: '1h' }), now)).toEqual([now - 3600_000, now + 900_000])
  expect(timelineSearch({ from: 'x', win: '9h', up: '99' })).toEqual({})
})
