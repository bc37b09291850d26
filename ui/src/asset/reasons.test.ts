import { expect, test } from 'vitest'
import type { Flat } from '../api'
import type { Check } from './queries'
import { deciding, fold, ordered } from './reasons'

const r = (depth: number, atom: string, value: Flat['value']): Flat => ({ depth, atom, value, says: atom, mayChangeAt: null })
const waits = [r(0, 'decide', 'FALSE'), r(1, 'want', 'TRUE'), r(2, 'max_lag', 'TRUE'), r(1, 'ready', 'FALSE'), r(2, 'exists', 'TRUE'), r(2, 'self_idle', 'UNKNOWN'), r(1, 'admit', 'TRUE')]

test('what does not hold comes first, with what it was concluded from', () => {
  expect(ordered(waits).map((x) => x.atom)).toEqual(['decide', 'ready', 'self_idle', 'exists', 'want', 'max_lag', 'admit'])
})

test('the deciding reason is the first leaf that does not hold; unknown does not hold', () => {
  expect(deciding(waits)?.atom).toBe('self_idle')
  expect(deciding(waits.filter((x) => x.atom !== 'ready' && x.atom !== 'self_idle' && x.atom !== 'exists'))).toBe(null)
  expect(deciding([])).toBe(null)
  expect(ordered([])).toEqual([])
})

test('checks are folded by what they check; a failure comes first', () => {
  const c = (name: string, outcome: Check['outcome'], at: string): Check => ({ name, field: null, outcome, blocking: true, message: null, at })
  const folds = fold([c('a', 'PASS', '3'), c('b', 'FAIL', '2'), c('a', 'FAIL', '1')])
  expect(folds.map((f) => [f.name, f.newest.outcome, f.results.length])).toEqual([['b', 'FAIL', 1], ['a', 'PASS', 2]])
})
