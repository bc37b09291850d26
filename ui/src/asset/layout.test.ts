import { expect, test } from 'vitest'
import { layout } from './layout'

const edges = [{ source: 'a', target: 'j' }, { source: 'b', target: 'j' }, { source: 'j', target: 'c' }]

test('ranks follow the longest path', () => {
  const at = new Map(layout(['c', 'j', 'b', 'a'], edges).map((p) => [p.id, p.rank]))
  expect([at.get('a'), at.get('b'), at.get('j'), at.get('c')]).toEqual([0, 0, 1, 2])
})

test('the same graph in any order gives the same picture', () => {
  expect(layout(['a', 'b', 'c', 'j'], edges)).toEqual(layout(['j', 'c', 'b', 'a'], [...edges].reverse()))
})

test('cycles and self-loops end', () => {
  const p = layout(['a', 'b'], [{ source: 'a', target: 'b' }, { source: 'b', target: 'a' }, { source: 'a', target: 'a' }])
  expect(p.map((x) => x.rank).sort()).toEqual([0, 1])
})
