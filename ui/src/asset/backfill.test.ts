import { expect, test } from 'vitest'
import { commandOf, most, timesOf } from './backfill'

test('both ends are in it, in UTC', () => {
  expect(timesOf('2026-02-27T00:00', '2026-03-01T00:00', 'day')).toEqual({ count: 3, times: ['2026-02-27T00:00:00Z', '2026-02-28T00:00:00Z', '2026-03-01T00:00:00Z'] })
  expect(timesOf('2026-03-01T06:00', '2026-03-01T06:00', 'hour').times).toEqual(['2026-03-01T06:00:00Z'])
})

test('an end that no step meets is not in it', () => {
  expect(timesOf('2026-03-01T00:00', '2026-03-14T23:00', 'week').times).toEqual(['2026-03-01T00:00:00Z', '2026-03-08T00:00:00Z'])
})

test('what is no row is empty', () => {
  for (const [from, to] of [['', ''], ['2026-03-02T00:00', '2026-03-01T00:00'], ['x', '2026-03-01T00:00']]) expect(timesOf(from!, to!, 'day').count).toBe(0)
})

test('too many are counted, not made', () => {
  const { count, times } = timesOf('2000-01-01T00:00', '2026-01-01T00:00', 'hour')
  expect(count).toBe(227_929)
  expect(times).toHaveLength(most)
})

test('the command says what the form says', () => {
  const said = { from: '2026-03-01T04:00', to: '2026-03-15T04:00', every: 'week' as const, parallel: '2', parameter: "it's" }
  expect(commandOf('dataset:a/b', said, 'a "join"')).toBe(`weir backfill dataset:a/b --from 2026-03-01T04:00:00Z --to 2026-03-15T04:00:00Z --every 168h --parallel 2 --parameter 'it'\\''s' --reason 'a "join"'`)
  expect(commandOf('dataset:a/b', { from: '', to: '', every: 'day', parallel: '', parameter: '' }, '')).toBe(`weir backfill dataset:a/b --from … --to … --every 24h --parallel 1 --reason '…'`)
})
