import { expect, test } from 'vitest'
import { flag, oneOf, parseSearch, stringifySearch, text, texts, whole } from './search'

test('what is written is read again', () => {
  const search = { q: '123', tool: ['airflow', 'dbt'], removed: true, name: 'a&b=c #1 ☃' }
  expect(parseSearch(stringifySearch(search))).toEqual({ ...search, removed: '1' })
})

test('what says nothing is left out', () => {
  expect(stringifySearch({ q: '', a: undefined, b: null, c: false, d: [] })).toBe('')
  expect(stringifySearch({ hops: 0 })).toBe('?hops=0')
})

test('readers take any address', () => {
  expect([text('x'), text(''), text(undefined), text(['a', 'b'])]).toEqual(['x', undefined, undefined, 'a'])
  expect([texts('x'), texts(['x', '', 'y']), texts(undefined)]).toEqual([['x'], ['x', 'y'], undefined])
  expect([flag('1'), flag(true), flag('0'), flag(undefined)]).toEqual([true, true, undefined, undefined])
  expect([whole('3', 1, 5), whole(3, 1, 5), whole('9', 1, 5), whole('', 0, 5), whole('1.5', 1, 5), whole('x', 1, 5)]).toEqual([3, 3, undefined, undefined, undefined, undefined])
  expect([oneOf('a', ['a', 'b']), oneOf('c', ['a', 'b'])]).toEqual(['a', undefined])
})
