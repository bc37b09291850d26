import { expect, test } from 'vitest'
import { drawn, LANES, rowsOf, shared, tally, ticks } from './model'
import type { Timeline } from './queries'
import { rangeOf, timelineSearch } from './search'
import { walked } from './walk'

const at = (h: number) => new Date(Date.UTC(2026, 2, 1, h)).toISOString()
const job = (name: string) => ({ __typename: 'Job' as const, id: name, name: { namespace: 'p', name }, integration: 'AIRFLOW' })
const run = (id: string, of: string, start: number, end: number | null, more = {}) => ({ id, runId: id, state: 'SUCCEEDED', expired: null, startedAt: at(start), endedAt: end === null ? null : at(end), nominalEnd: null, lastEventAt: at(start), error: null, job: job(of), ...more })
const timeline = (t: Partial<Timeline>) => ({ runs: [], planned: [], deadlines: [], late: [], complete: true, now: at(12), ...t }) as never as Timeline

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

const backfill = (n: number, end: number | null = 9) => rowsOf(timeline({ runs: Array.from({ length: n }, (_, i) => run(`r${String(i).padStart(2, '0')}`, 'a', 2, end, i === n - 1 ? { state: 'FAILED' } : {})) as never }))[0]!

test('of ten that overlap each has a lane, or the last lane is shared and says by how many', () => {
  const row = backfill(10)
  expect(new Set(row.pieces.map((p) => p.lane)).size).toBe(10)
  const d = drawn(row, false)
  expect(d.lanes).toBe(LANES)
  expect(d.pieces.map((p) => p.lane)).toEqual([0, 1, 2, 3, 4])
  expect(d.bundles.map((b) => [b.pieces.length, b.tone])).toEqual([[5, 'bad']])
  expect(shared(row)).toBe(5)
  expect(tally(d.bundles[0]!.pieces)).toEqual([['SUCCEEDED', 4], ['FAILED', 1]])
  const all = drawn(row, true)
  expect([all.lanes, all.pieces.length, all.bundles.length]).toEqual([10, 10, 0])
})

test('six that overlap are drawn one by one; no piece is drawn twice or not at all', () => {
  expect(drawn(backfill(6), false)).toMatchObject({ lanes: 6, bundles: [] })
  expect(shared(backfill(6))).toBe(0)
  const rows = rowsOf(timeline({ runs: [...Array.from({ length: 9 }, (_, i) => run(`r${i}`, 'a', 1, 2 + i)), run('s', 'a', 7, 8), run('t', 'a', 7, 8)] as never }))
  for (const gap of [0, 3600_000, 24 * 3600_000]) {
    const d = drawn(rows[0]!, false, gap)
    expect([...d.pieces, ...d.bundles.flatMap((b) => b.pieces)].map((p) => p.key).sort()).toEqual(rows[0]!.pieces.map((p) => p.key).sort())
    expect(d.pieces.every((p) => p.lane < LANES)).toBe(true)
  }
})

test('what lies apart on the last lane is apart, until it is too near to be told', () => {
  const rows = rowsOf(timeline({ runs: [...Array.from({ length: 5 }, (_, i) => run(`a${i}`, 'a', 0, 12)), ...[1, 1, 5, 8, 8].map((h, i) => run(`b${i}`, 'a', h, h + 1))] as never }))
  expect(drawn(rows[0]!, false).bundles.map((b) => b.pieces.length)).toEqual([2, 2])
  expect(drawn(rows[0]!, false).pieces.at(-1)).toMatchObject({ key: 'b2', lane: LANES - 1 })
  expect(drawn(rows[0]!, false, 5 * 3600_000).bundles.map((b) => b.pieces.length)).toEqual([5])
})

test('keys walk along the runs, also those that share a lane', () => {
  const rows = rowsOf(timeline({ runs: [...Array.from({ length: 8 }, (_, i) => run(`a${i}`, 'a', 1, 2)), run('b', 'b', 3, 4)] as never }))
  const keys = (active: string | undefined, key: string) => walked(rows, active, key)?.key
  expect([keys(undefined, 'ArrowDown'), keys('a6', 'ArrowRight'), keys('a7', 'ArrowRight'), keys('a2', 'ArrowDown'), keys('b', 'ArrowUp'), keys('b', 'Home'), keys('a0', 'End')]).toEqual(['a0', 'a7', 'b', 'b', 'a0', 'a0', 'b'])
  expect([walked(rows, 'b', 'ArrowRight'), walked(rows, 'a0', 'x')]).toEqual([null, undefined])
})

test('when data was late lies behind the runs of its job, or in a row of its own; what is late still is so up to now', () => {
  const late = (target: string, since: number, until: number | null, of: string | null) => ({ target, name: { namespace: 'n', name: target }, policyName: 'p', since: at(since), until: until === null ? null : at(until), says: 's', job: of === null ? null : job(of) })
  const rows = rowsOf(timeline({ runs: [run('r1', 'a', 2, 3)] as never, late: [late('x', 1, 2, 'a'), late('y', 5, null, null)] as never }))
  expect(rows.map((r) => [r.name, r.bands.map((b) => [b.from, b.to, b.open])])).toEqual([['a', [[Date.parse(at(1)), Date.parse(at(2)), false]]], ['y', [[Date.parse(at(5)), Date.parse(at(12)), true]]]])
})
