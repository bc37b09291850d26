import { expect, test } from 'vitest'
import { MOST, readViews, sameSearch, withView } from './views'

test('what was kept is read back, whatever it is', () => {
  expect(readViews(null)).toEqual([])
  expect(readViews('{')).toEqual([])
  expect(readViews('{"name":"x"}')).toEqual([])
  expect(readViews('[1,null,{"name":"mine","search":{"q":"orders","owner":7,"nonsense":"x"}}]').map((v) => [v.name, v.search.q, v.search.owner])).toEqual([['mine', 'orders', undefined]])
})

test('a view of the same name takes the place of the old one, and the list is bounded', () => {
  let list = withView([], { name: ' mine ', search: { q: 'a' } })
  list = withView(withView(list, { name: 'other', search: {} }), { name: 'mine', search: { q: 'b' } })
  expect(list).toEqual([{ name: 'mine', search: { q: 'b' } }, { name: 'other', search: {} }])
  expect(withView(list, { name: '  ', search: {} })).toBe(list)
  for (let i = 0; i < MOST + 5; i++) list = withView(list, { name: `v${i}`, search: {} })
  expect(list.length).toBe(MOST)
})

test('two searches are the same by what they ask', () => {
  expect(sameSearch({ q: 'a', owner: undefined }, { q: 'a' })).toBe(true)
  expect(sameSearch({ q: 'a' }, { q: 'a', owner: 'x' })).toBe(false)
  expect(sameSearch({ q: 'a' }, { q: 'a', more: ['tag'] })).toBe(true)
})
