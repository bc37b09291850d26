import { expect, test } from 'vitest'
import type { Simulated, Tally } from './queries'
import { measures, ownersOf } from './tally'

const tally = (runs: number, busy: string): Tally => ({ runs, failed: 1, stale: 0, deadlines: 4, missed: 2, minutesLate: 30, minutesHeld: 5, busy })
const policy = (name: string, owner: string | null, before: Tally | null, after: Tally | null): Simulated => ({ policy: name, owner, note: null, before, after })

test('policies are summed up by owner; what is on one side alone counts there', () => {
  const rows = ownersOf([policy('a', 'x', tally(3, 'PT1H'), tally(1, 'PT30M')), policy('b', 'x', tally(2, 'PT1H30M'), null), policy('c', null, null, tally(7, 'PT0S'))])
  expect(rows.map((r) => [r.policy, r.before?.runs ?? null, r.after?.runs ?? null])).toEqual([['', null, 7], ['x', 5, 1]])
  const says = Object.fromEntries(measures.map((m) => [m.key, m.says(rows[1]!.before)]))
  expect(says).toMatchObject({ runs: '5', failed: '2', missed: '4 of 8', minutesLate: '60', busy: '2.5' })
  expect(measures[0]!.says(null)).toBe('—')
})
