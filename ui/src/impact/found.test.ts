import { expect, test } from 'vitest'
import { among, changeOf, schemes, splits, tableOf, type Candidate } from './found'
import shared from '../../../cmd/weir/testdata/schemes.json'

const asset = (namespace: string, name: string, more: Partial<Candidate> = {}): Candidate => ({ __typename: 'Dataset', id: namespace + name, name: { namespace, name }, names: [{ namespace, name }], ...more })

test('a full name is taken apart in every way that it may be', () => {
  expect(splits('postgres://wh:5432/shop.raw.orders')).toEqual([{ namespace: 'postgres://wh:5432', name: 'shop.raw.orders' }])
  expect(splits('duckdb:///srv/shop.duckdb/shop.main.x').map((s) => s.namespace)).toEqual(['duckdb:///srv', 'duckdb:///srv/shop.duckdb'])
  expect(splits('prod/load a')).toEqual([{ namespace: 'prod', name: 'load a' }])
  expect(splits('orders')).toEqual([])
})

test('of what a text is in, the one of just that name is meant, else the only one', () => {
  const list = [asset('n', 'shop.orders'), asset('n', 'shop.orders_old'), asset('p', 'Other')]
  expect(among(list, 'shop.orders')).toBe(list[0])
  expect(among(list, 'orders_old')).toBe(list[1])
  expect(among(list, 'other')).toBe(list[2])
  expect(among(list, 'orders')).toEqual({ lost: 'several', among: ['dataset:n/shop.orders', 'dataset:n/shop.orders_old'] })
  expect(among(list, 'gone')).toEqual({ lost: 'unknown', among: [] })
})

test('a table of dbt is one of its adapter’s namespaces, by any of its names', () => {
  expect(schemes).toEqual(shared)
  const wh = asset('postgres://wh', 'shop.main.t')
  const old = asset('postgres://old', 'shop.main.t')
  const lake = asset('s3://lake', 'shop.main.t')
  const alias = asset('x', 'y', { names: [{ namespace: 'postgres://wh', name: 'SHOP.MAIN.T' }] })
  expect(tableOf([wh, lake], 'Shop.Main.T', 'postgres', '', false)).toBe(wh)
  expect(tableOf([alias], 'shop.main.t', 'postgres', '', false)).toBe(alias)
  expect(tableOf([wh, old], 'shop.main.t', 'postgres', '', false)).toEqual({ lost: 'namespaces', among: ['postgres://old', 'postgres://wh'] })
  expect(tableOf([wh, old], 'shop.main.t', 'postgres', 'postgres://old', false)).toBe(old)
  expect(tableOf([lake], 'shop.main.t', 'sparkling', '', false)).toBe(lake)
  expect(tableOf([], 'shop.main.t', 'postgres', '', false)).toEqual({ lost: 'unknown', among: [] })
  expect(tableOf([], 't', 'postgres', '', true)).toEqual({ lost: 'many', among: [] })
})

test('a job is paused or delayed, a dataset is everything else', () => {
  const job = asset('p', 'j', { __typename: 'Job' })
  expect(changeOf({ kind: 'DELAY', to: 'PT2H' }, job)).toEqual({ kind: 'DELAY', namespace: 'p', name: 'j', field: 'job', to: 'PT2H' })
  expect(changeOf({ kind: 'DROP_FIELD', field: 'x' }, asset('n', 't'))).toEqual({ kind: 'DROP_FIELD', namespace: 'n', name: 't', field: 'x' })
  expect(changeOf({ kind: 'DROP_DATASET' }, job)).toEqual({ lost: 'job', among: ['job:p/j'] })
  expect(changeOf({ kind: 'STOP_JOB' }, asset('n', 't'))).toEqual({ lost: 'dataset', among: ['dataset:n/t'] })
})
