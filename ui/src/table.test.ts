import { expect, test } from 'vitest'
import { sorted, tableCSV, tableForms, type Column } from './table'

type R = { n: string; v: number | null }
const columns: Column<R>[] = [{ key: 'n', title: 'name', cell: () => null, value: (r) => r.n }, { key: 'v', title: 'value', cell: () => null, value: (r) => r.v }, { key: 'x', title: 'no value', cell: () => null }]
const rows: R[] = [{ n: 'b', v: 2 }, { n: 'a', v: null }, { n: 'c', v: 2 }, { n: 'd', v: 10 }]
const names = (sort: string | undefined) => sorted(rows, columns, sort).map((r) => r.n).join('')

test('equal rows keep their order, both ways; what is unknown comes last, both ways', () => {
  expect([names('v'), names('-v'), names('n'), names('-n')]).toEqual(['bcda', 'dbca', 'abcd', 'dcba'])
})

test('an address that names no column sorts nothing', () => expect([names(undefined), names('zzz'), names('x')]).toEqual(['bacd', 'bacd', 'bacd']))

test('a table is written without its pictures', () => expect(tableCSV(columns, rows.slice(0, 2))).toBe('name,value\r\nb,2\r\na,\r\n'))

test('what is taken along of a cut table says that it is cut', () => {
  expect(tableForms(columns, rows, true).part).toContain('4 rows')
  expect(tableForms(columns, rows, true).markdown()).toContain('Not all')
  expect(tableForms(columns, rows, true).csv()).toBe(tableForms(columns, rows).csv())
  expect([tableForms(columns, rows).part, tableForms(columns, rows).markdown().includes('Not all')]).toEqual([undefined, false])
})
