import { expect, test } from 'vitest'
import { parseSearch, stringifySearch } from '../search'
import { command, drafted, draftOf, impactSearch, input, instant, MOST, read, taken, undrafted, written, type Change } from './change'
import vectors from '../../../cmd/weir/testdata/changes.json'

type Vector = Pick<Change, 'namespace' | 'name' | 'field' | 'to'> & { text: string; kind: Change['kind']; job?: boolean }

const change: Change = { kind: 'RENAME_FIELD', namespace: 'postgres://wh:5432', name: 'shop.a b%', field: 'x y', to: 'z' }

test('a change comes back from an address, whatever its names hold', () => {
  expect(read(written(change))).toEqual(change)
  expect(read(written({ kind: 'STOP_JOB', namespace: 'p', name: 'j' }))).toEqual({ kind: 'STOP_JOB', namespace: 'p', name: 'j' })
})

test('nonsense is no change', () => {
  const fault = (text: string) => read(text)
  expect(fault('')).toEqual({ fault: 'kind', word: '' })
  expect(fault('x a b')).toEqual({ fault: 'kind', word: 'x' })
  expect(fault('DROP_FIELD oops')).toEqual({ fault: 'name', word: 'DROP_FIELD' })
  expect(fault('DROP_FIELD %zz b')).toEqual({ fault: 'percent', word: '%zz' })
  expect(fault('DROP_FIELD n t')).toEqual({ fault: 'column', word: 'DROP_FIELD' })
  expect(fault('DROP_DATASET n t c')).toEqual({ fault: 'whole', word: 'DROP_DATASET' })
  for (const by of ['2h', 'PT0S', 'P31D']) expect(fault(`DELAY n t  ${by}`)).toEqual({ fault: 'by', word: by })
  expect(impactSearch({ change: 'x', by: '1' })).toMatchObject({ change: ['x'], by: true })
})

test('a delay says by how much, and whether it is of a job', () => {
  const delay: Change = { kind: 'DELAY', namespace: 'prod', name: 'load', field: 'job', to: 'PT4H' }
  expect(read(written(delay))).toEqual(delay)
  expect(input(delay)).toEqual({ kind: 'DELAY', dataset: { namespace: 'prod', name: 'load' }, by: 'PT4H', type: 'JOB' })
  expect(command(delay)).toBe('delay:job:prod/load:4h')
  expect(input({ kind: 'DELAY', namespace: 'n', name: 't', to: 'PT2H' })).toMatchObject({ type: 'DATASET', by: 'PT2H' })
  expect(command({ kind: 'STOP_JOB', namespace: 'prod', name: 'load' })).toBe('disable:job:prod/load')
})

test('the command reads what is written for it', () => {
  expect(vectors.length).toBeGreaterThan(5)
  for (const v of vectors as Vector[]) {
    const c: Change = { kind: v.kind, namespace: v.namespace, name: v.name, field: v.field, to: v.to }
    if (v.job && v.kind === 'DELAY') c.field = 'job'
    expect(command(c)).toBe(v.text)
    expect(read(written(c))).toMatchObject({ kind: v.kind, name: v.name })
  }
})

test('of an address as many changes are taken as weir takes, each other one is said with its place', () => {
  const many = Array.from({ length: MOST + 2 }, (_, i) => written({ kind: 'DROP_DATASET', namespace: 'n', name: `t${i}` }))
  const { changes, refused } = taken(impactSearch({ change: ['DROP_FIELD oops', ...many] }).change!)
  expect(changes.map((x) => x.at)).toEqual(Array.from({ length: MOST }, (_, i) => i + 1))
  expect(refused.map((r) => [r.at, r.fault])).toEqual([[0, 'name'], [MOST + 1, 'many'], [MOST + 2, 'many']])
})

test('a time of the address is one, or said to be none', () => {
  expect(instant('2026-03-01T12:00:00+01:00')).toBe('2026-03-01T11:00:00.000Z')
  for (const no of ['yesterday', '12', '2026-13-01T00:00:00Z', '2026-03-01T12:00:00 01:00']) expect(instant(no)).toBeNull()
  expect(impactSearch({ asOf: 'x' }).asOf).toBe('x')
})

test('a delay of any length is the same by command', () => {
  expect(command({ kind: 'DELAY', namespace: 'n', name: 't', to: 'PT3H' })).toBe('delay:dataset:n/t:10800s')
  expect(command({ kind: 'DELAY', namespace: 'n', name: 't' })).toBe('delay:dataset:n/t:2h')
})

test('the same by command', () => {
  expect(command(change)).toBe('rename:dataset:postgres://wh:5432/shop.a b%#x y=z')
})

// The addresses that weir impact prints (cmd/weir/links_test.go).
test('a link of the command is read back', () => {
  const of = (address: string) => taken(impactSearch(parseSearch(address)).change!).changes.map((x) => x.c)
  expect(of('?change=DROP_FIELD+postgres%3A%252F%252Fwh%3A5432+shop.a%2520b%2Bc+amount%3D1')).toEqual([{ kind: 'DROP_FIELD', namespace: 'postgres://wh:5432', name: 'shop.a b+c', field: 'amount=1' }])
  const late = of('?change=DELAY+prod+load++PT2H&change=DELAY+prod+run+job+PT1H&change=STOP_JOB+prod+run')
  expect(late.map((c) => command(c))).toEqual(['delay:dataset:prod/load:2h', 'delay:job:prod/run:1h', 'disable:job:prod/run'])
})

test('a change that is not made yet comes back from an address, and none leaves nothing there', () => {
  const none = draftOf(impactSearch({}))
  expect(stringifySearch(drafted(none))).toBe('')
  for (const d of [{ kind: 'RENAME_FIELD', of: 'postgres://wh:5432/a b%', column: 'x=y&', to: ' 1 ' }, { ...none, of: 'half' }, { ...none, kind: 'DELAY', to: 'PT4H' }] as const) {
    expect(draftOf(impactSearch(parseSearch(stringifySearch(drafted(d)))))).toEqual(d)
  }
  expect(draftOf(impactSearch({ kind: 'MELT', of: ['a', 'b'] }))).toEqual({ ...none, of: 'a' })
})

test('others are sent what is looked at, not what is being made', () => {
  expect(undrafted('http://h/impact?change=DROP_DATASET%20n%20t&kind=DELAY&of=n%2Ft&to=PT2H&by=1')).toBe('http://h/impact?change=DROP_DATASET%20n%20t&by=1')
  expect(undrafted('http://h/impact?column=a')).toBe('http://h/impact')
  expect(undrafted('http://h/impact')).toBe('http://h/impact')
})
