import { expect, test } from 'vitest'
import { followed, merged } from './paged'

const key = (r: { id: string }) => r.id

test('rows keep their place, are brought up to date, and new ones are counted', () => {
  const shown = [{ id: 'b', n: 1 }, { id: 'a', n: 1 }]
  const { rows, fresh } = merged(shown, [{ id: 'c', n: 1 }, { id: 'b', n: 2 }], false, key)
  expect(rows).toEqual([{ id: 'b', n: 2 }, { id: 'a', n: 1 }])
  expect(fresh).toBe(1)
})

const of = (ids: string) => [...ids].map((id) => ({ id }))
const ids = (rows: { id: string }[]) => rows.map((r) => r.id).join('')

test.each([
  ['of the whole list, what is missing has gone', 'dcba', 'dba', true, 'dba', 0],
  ['also the last', 'dcba', 'dcb', true, 'dcb', 0],
  ['all of them', 'dcba', '', true, '', 0],
  ['of a first page, only what lies before its last', 'dcba', 'db', false, 'dba', 0],
  ['what moved up behind the last is added', 'abc', 'bcd', false, 'bcd', 0],
  ['what came first is counted', 'cba', 'edc', false, 'cba', 2],
  ['a first page of others says nothing of those that are shown', 'cba', 'hgf', false, 'cba', 3],
  ['other rows take the place of none', 'a', 'cb', true, 'cb', 0],
])('%s', (_, shown, read, whole, rows, fresh) => {
  const m = merged(of(shown), of(read), whole, key)
  expect([ids(m.rows), m.fresh]).toEqual([rows, fresh])
})

test.each([
  ['the whole list is as it was read', 'abcd', 'ac', true, 3, 'ac'],
  ['a single page too', 'abcd', 'xab', false, 1, 'xab'],
  ['what lies behind the pages read again stays, once', 'abcdef', 'xab', false, 2, 'xabdef'],
])('%s', (_, shown, read, whole, pages, rows) => {
  expect(ids(followed(of(shown), of(read), whole, pages, key))).toBe(rows)
})
