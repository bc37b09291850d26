import { expect, test } from 'vitest'
import { halves, ago, clock, count, day, length, outcome, parts, seconds, short, span, status, tail, ticks } from './words'

test('a status has a shape and a word, also one that is new', () => {
  for (const code of ['LATE', 'WAIT', 'RUNNING', 'SUCCEEDED', 'UNKNOWN', 'SOMETHING_NEW']) {
    expect(status(code).word).not.toBe('')
    expect(status(code).shape).not.toBe('')
  }
  expect(status('SOMETHING_NEW').word).toBe('something new')
})

test('no two statuses of one list differ by colour alone', () => {
  for (const list of [['FRESH', 'DUE', 'AT_RISK', 'LATE', 'UNKNOWN', 'EXEMPT'], ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'SKIPPED', 'PARTIAL', 'UNKNOWN']]) {
    expect(new Set(list.map((c) => status(c).shape)).size).toBe(list.length)
  }
})

test('relative times', () => {
  const now = Date.parse('2026-11-24T10:00:00Z')
  expect(ago('2026-11-24T09:59:58Z', now)).toBe('just now')
  expect(ago('2026-11-24T09:00:00Z', now)).toBe('60 min ago')
  expect(ago('2026-11-24T10:10:00Z', now)).toBe('in 10 min')
  expect(ago(null, now)).toBe('never')
  expect(span(7200)).toBe('2 h')
})

test('along an axis of days each tick is a day, of hours only a new day is said', () => {
  const at = (s: string) => Date.parse(s) / 1000
  expect(ticks([at('2026-11-01T00:00:00'), at('2026-11-03T00:00:00')], 2 * 86400, Date.parse('2026-11-24T00:00:00'))).toEqual([1, 3].map((d) => new Date(2026, 10, d).toLocaleDateString(undefined, { day: 'numeric', month: 'short' })))
  const [first, same, next] = ticks([at('2026-11-01T12:00:00'), at('2026-11-01T18:00:00'), at('2026-11-02T00:00:00')], 6 * 3600, Date.parse('2026-11-24T00:00:00'))
  expect(first).toContain(', ')
  expect(same).not.toContain(', ')
  expect(next).toContain(', ')
})

test('a year is said when it is not this one, by the reader\'s zone', () => {
  const local = (...at: [number, number, number, number?, number?]) => new Date(...at)
  const now = local(2026, 10, 29, 12).getTime()
  const [last, same] = [clock(local(2025, 10, 29, 8, 37).toISOString(), now), clock(local(2026, 10, 28, 8, 37).toISOString(), now)]
  expect(last).toMatch(/2025.*37/)
  expect(same).not.toContain('2026')
  expect(clock(local(2026, 10, 29, 8, 37).toISOString(), now)).not.toMatch(/29|2026/)
  expect(clock(local(2027, 0, 1, 0, 5).toISOString(), local(2026, 11, 31, 23, 50).getTime())).toContain('2027')
  expect(clock(local(2026, 0, 1, 0, 5).toISOString(), local(2026, 11, 31, 23, 50).getTime())).not.toContain('2026')
  expect(day(local(2025, 10, 29).getTime(), now)).toContain('2025')
})

test('an axis says another year once, and where it turns', () => {
  const at = [new Date(2025, 11, 30), new Date(2025, 11, 31), new Date(2026, 0, 1), new Date(2026, 0, 2)].map((d) => d.getTime() / 1000)
  expect(ticks(at, 86400, new Date(2026, 5, 1).getTime()).map((s) => /20\d\d/.exec(s)?.[0])).toEqual(['2025', undefined, '2026', undefined])
  expect(ticks(at, 43200, new Date(2025, 5, 1).getTime()).map((s) => /20\d\d/.exec(s)?.[0])).toEqual([undefined, undefined, '2026', undefined])
})

test('lengths of time, ISO and Go', () => {
  expect([seconds('PT4H2M'), seconds('P1DT30S'), seconds('PT0.5S'), seconds('soon'), seconds(null)]).toEqual([14520, 86430, 0.5, null, null])
  expect([length('24h29m0s'), length('45s'), length('0s'), length('1m30s'), length('1h0m0s')]).toEqual(['24 h 29 min', '45 s', '0 s', '1 min 30 s', '1 h'])
})

test('a sentence gives up its times and ids', () => {
  expect(parts('data of 2026-11-23 06:28:33Z (shop.raw.orders) is older than 24h29m0s')).toEqual([
    { kind: 'text', text: 'data of ' }, { kind: 'time', text: '2026-11-23T06:28:33Z' }, { kind: 'text', text: ' (shop.raw.orders) is older than ' }, { kind: 'text', text: '24 h 29 min' },
  ])
  expect(parts('run 01a20d35-2412-7607-92d8-bc5ffa02a8e6 of a')[1]).toEqual({ kind: 'id', text: '01a20d35', full: '01a20d35-2412-7607-92d8-bc5ffa02a8e6' })
  expect(parts('').length).toBe(0)
})

test('what a chip says is not said again', () => {
  expect(tail('waits: x runs since y')).toBe('x runs since y')
  expect(tail('late since 06:57')).toBe('since 06:57')
  expect(tail('no policy asks')).toBe('no policy asks')
})

test('a policy that only looks does not run anything', () => {
  expect([outcome('RUN', 'OBSERVE'), outcome('RUN', 'SHADOW'), outcome('RUN', 'ACT'), outcome('WAIT', 'OBSERVE')]).toEqual(['would run', 'would run', 'runs', 'waits'])
})

test('a long name keeps its end', () => {
  const s = short('warehouse.analytics.marts.customer_lifetime_value_monthly', 30)
  expect(s.length).toBeLessThanOrEqual(30)
  expect(s.endsWith('monthly')).toBe(true)
})

test('counts', () => expect([count(1, 'dataset'), count(2, 'dataset'), count(0, 'dataset')]).toEqual(['1 dataset', '2 datasets', '0 datasets']))

test('a name is cut before its end, and never through a letter', () => {
  expect(halves('orders')).toEqual(['', 'orders'])
  expect(halves('analytics.marts.orders_daily')).toEqual(['analytics.marts', '.orders_daily'])
  expect(halves('😀'.repeat(20)).join('')).toBe('😀'.repeat(20))
  expect(halves('x'.repeat(70_000)).join('').length).toBe(80)
})
