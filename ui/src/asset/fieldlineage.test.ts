import { expect, test } from 'vitest'
import { beside } from './fieldlineage'

const node = (asset: string, field: string | null) => ({ id: `${asset}/${field}`, field, asset: { id: asset, name: { name: `t.${asset}` } } })
const edge = (from: [string, string], to: [string, string]) => ({ source: from[0], sourceField: from[1], target: to[0], targetField: to[1] })

test('each column has what lies one step up and down, once', () => {
  const l = { nodes: [node('a', 'x'), node('m', 'x'), node('m', 'y'), node('z', 'q'), node('m', null)], edges: [edge(['a', 'x'], ['m', 'x']), edge(['a', 'x'], ['m', 'x']), edge(['m', 'x'], ['z', 'q']), edge(['a', 'x'], ['m', 'unknown'])] }
  const by = beside('m', l)
  expect(by.get('x')).toEqual({ from: [{ id: 'a', name: 't.a', field: 'x' }], to: [{ id: 'z', name: 't.z', field: 'q' }] })
  expect(by.get('y')).toBeUndefined()
})

test('edges may name nodes', () => {
  const l = { nodes: [node('a', 'x'), node('m', 'x')], edges: [{ source: 'a/x', target: 'm/x', sourceField: null, targetField: null }] }
  expect(beside('m', l).get('x')?.from).toEqual([{ id: 'a', name: 't.a', field: 'x' }])
  expect(beside('m', undefined).size).toBe(0)
})
