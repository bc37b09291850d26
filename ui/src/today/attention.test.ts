import { expect, test } from 'vitest'
import type { Decision, LateDataset } from '../api'
import { attention, outermost, steady, waiting } from './attention'

const name = (n: string) => ({ namespace: 'pg', name: n })
const asset = (n: string, owners: string[] = []) => ({ __typename: 'Dataset' as const, id: n, name: name(n), owners: owners.map((o) => ({ name: o })), kind: 'TABLE' as const })
const late = (n: string, state: 'LATE' | 'AT_RISK', policy: string, says: string): LateDataset => ({
  ...asset(n), freshness: { state, watermark: null, deadline: '2026-11-24T06:57:33Z', lateBy: state === 'LATE' ? 'PT4H' : null, says, policy: { name: policy, owner: 'team-a' }, because: null },
})
const decision = (n: string, policy: string, outcome: Decision['outcome'], says: string, more: Partial<Decision> = {}): Decision => ({
  id: `${n}${policy}${outcome}`, at: '2026-11-24T10:00:00Z', policyName: policy, mode: 'ACT', targetName: name(n), target: asset(n), outcome, gate: false, action: null,
  reasons: [{ depth: 0, atom: 'decide', value: 'FALSE', says, mayChangeAt: null }], ...more,
})

test('one row per asset: what is late says also what it waits for', () => {
  const rows = attention([late('mart', 'LATE', 'p', 'late since 06:57')], [decision('mart', 'p', 'WAIT', 'waits: dbt_nightly runs'), decision('board', 'q', 'WAIT', 'not ready: mart', { gate: true })])
  expect(rows.map((r) => [r.name.name, r.code, r.says, r.why, r.gate])).toEqual([['mart', 'LATE', 'since 06:57', 'waits: dbt_nightly runs', false], ['board', 'WAIT', 'mart', null, true]])
  expect(rows[0]?.owners).toEqual(['team-a'])
})

test('what is at risk does not say the same twice', () => {
  const rows = attention([late('model', 'AT_RISK', 'p', 'waits: features')], [decision('model', 'p', 'WAIT', 'waits: features')])
  expect(rows.map((r) => [r.says, r.why])).toEqual([['waits: features', null]])
})

test('an older wait that was overtaken is none', () => {
  expect(waiting([decision('a', 'p', 'RUN', 'runs'), decision('a', 'p', 'WAIT', 'waits')])).toEqual([])
  expect(waiting([decision('a', 'p', 'HOLD', 'held'), decision('a', 'q', 'WAIT', 'waits')]).length).toBe(2)
})

test('runs inside a listed run are left out', () => {
  expect(outermost([{ id: 'dag', parent: null }, { id: 'task', parent: { id: 'dag' } }, { id: 'orphan', parent: { id: 'gone' } }]).map((r) => r.id)).toEqual(['dag', 'orphan'])
})

test('nothing moves under the pointer; values do change', () => {
  const shown = [{ key: 'a', v: 1 }, { key: 'b', v: 1 }]
  const next = [{ key: 'c', v: 2 }, { key: 'b', v: 2 }]
  expect(steady(shown, next, true)).toEqual({ rows: [{ key: 'a', v: 1 }, { key: 'b', v: 2 }], pending: 2 })
  expect(steady(shown, next, false)).toEqual({ rows: next, pending: 0 })
})
