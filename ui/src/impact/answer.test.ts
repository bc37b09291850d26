import { expect, test } from 'vitest'
import { cutOf, formsOf, gaps, lastUsed, letters, nameOf, owners, unlit } from './answer'
import * as t from '../texts/impact'
import type { Change } from './change'
import type { Affected, Impact } from './queries'

const affected = (name: string, more: Partial<Affected> = {}): Affected => ({ severity: 'BREAKING', confidence: 'OBSERVED', unlitBy: null, used: 'UNKNOWN', lastUsedAt: null, reason: 'reads it', distance: 1, fields: [], deadlines: [], path: [], asset: { __typename: 'Dataset', id: name, name: { namespace: 'n', name }, owners: [{ name: 'ann' }], kind: 'TABLE' }, ...more })
const veiled = affected('x', { asset: { __typename: 'Dataset', id: 'x', name: { namespace: '', name: 'hidden asset' }, owners: [], kind: 'OTHER' } })
const cut = { complete: false, cut: 'NODES', deniedByRole: 4 } as Impact
const change: Change = { kind: 'DROP_DATASET', namespace: 'n', name: 't' }

test('what an answer does not hold is in every form of it', () => {
  const missing = gaps(cut, [{ fault: 'name', word: 'DROP_FIELD', at: 2, text: 'DROP_FIELD oops' }])
  expect(missing).toEqual([
    'the answer is cut: more is affected, or to run, than one answer holds', '4 denied by role: neither their names nor their owners are shown to you',
    'not looked at: change 3 of the address, “DROP_FIELD oops”: which asset? write DROP_FIELD NAMESPACE NAME, with %20 for a space within a part',
  ])
  const forms = formsOf([change], [{ key: 'a', title: 'asset', cell: () => null, value: nameOf }, { key: 'o', title: 'owner', cell: () => null, value: owners }], [affected('m'), veiled], missing)
  expect(forms.csv().split('\r\n').slice(0, 4)).toEqual(['asset,owner', 'n/m,ann', 'hidden asset,owner not shown to you', '"the answer is cut: more is affected, or to run, than one answer holds",'])
  for (const m of missing) expect(forms.markdown()).toContain(`\n- ${m}\n`)
  expect(letters([change], [affected('m')], [cutOf(cut)!], 'link').get('ann')).toContain('- the answer is cut: ')
})

test('a whole answer has no more than its rows', () => {
  const whole = { complete: true, cut: null, deniedByRole: 0 } as Impact
  expect(gaps(whole, [])).toEqual([])
  expect(formsOf([change], [{ key: 'a', title: 'asset', cell: () => null, value: nameOf }], [affected('m')], []).markdown()).toBe('- Drop a dataset: t\n\n| asset |\n| --- |\n| n/m |\n')
})

test('when something was last used is a time, or which of two things is not there', () => {
  expect(lastUsed(affected('m', { used: 'TRUE', lastUsedAt: '2026-03-01T09:00:00Z' }))).toBe('2026-03-01T09:00:00Z')
  expect(lastUsed(affected('m', { used: 'FALSE' }))).toBe('never seen')
  expect(lastUsed(affected('m'))).toBe('not known')
})

test('who states no column lineage is named once, and counted', () => {
  const step = (id: string) => ({ field: null, asset: { __typename: 'Job' as const, id, name: { namespace: 'n', name: id } } })
  const rows = [affected('a', { unlitBy: 'j', path: [step('x'), step('j')] }), affected('b', { unlitBy: 'j', path: [step('j')] }), affected('c', { unlitBy: 'i', path: [step('i')] }), affected('d', { path: [step('k')] })]
  expect(unlit(rows)).toEqual({ rows: 3, by: ['i', 'j'] })
  expect(unlit([affected('a', { unlitBy: 'j', path: [step('j')] }), affected('b', { unlitBy: 'k', path: [{ ...step('k'), asset: { ...step('k').asset, name: { namespace: 'm', name: 'j' } } }] })]).by).toEqual(['j', 'j'])
  expect(t.unknownNote(3, unlit(rows))).toBe('Of 3 assets nobody can say: no column lineage from 2 producers (i, j). They are not safe.')
  expect(t.unknownNote(5, unlit(rows))).toBe('Of 5 assets nobody can say: of 3 there is no column lineage from 2 producers (i, j), of the others the reason stands beside each. They are not safe.')
  expect(t.unknownNote(1, { rows: 0, by: [] })).toBe('Of 1 asset nobody can say: the reason stands beside each. They are not safe.')
  expect(t.unknownNote(9, { rows: 9, by: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] })).toContain('7 producers (a, b, c, d, e and 2 more)')
})
