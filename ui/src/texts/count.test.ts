import { expect, test } from 'vitest'
import { count, grouped } from './count'

test('thousands stand apart, as English writes them', () => {
  for (const n of [0, 7, 999, 1000, 12_345, 100_002, 1_234_567, -4321]) expect(grouped(n)).toBe(n.toLocaleString('en'))
})

test('one is one, all else are many', () => {
  expect([count(0, 'run'), count(1, 'run'), count(5000, 'run'), count(2, 'entry', 'entries')]).toEqual(['0 runs', '1 run', '5,000 runs', '2 entries'])
})
