import { expect, test } from 'vitest'
import { command, impactSearch, read, written, type Change } from './change'

const change: Change = { kind: 'RENAME_FIELD', namespace: 'postgres://wh:5432', name: 'shop.a b%', field: 'x y', to: 'z' }

test('a change comes back from an address, whatever its names hold', () => {
  expect(read(written(change))).toEqual(change)
  expect(read(written({ kind: 'STOP_JOB', namespace: 'p', name: 'j' }))).toEqual({ kind: 'STOP_JOB', namespace: 'p', name: 'j' })
})

test('nonsense is no change', () => {
  for (const text of ['', 'DROP_FIELD', 'x a b', 'DROP_FIELD %zz b']) expect(read(text)).toBeNull()
  expect(impactSearch({ change: 'x', by: '1' })).toEqual({ change: ['x'], by: true })
})

test('the same by command', () => {
  expect(command(change)).toBe('rename:dataset:postgres://wh:5432/shop.a b%#x y=z')
})
