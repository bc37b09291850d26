import { CombinedError } from 'urql'
import { expect, test } from 'vitest'
import { lasted } from '../words'
import { changed, faultsOf } from './faults'

test('faults are read from an error of GraphQL, with either spelling of the keys', () => {
  const error = new CombinedError({ graphQLErrors: [{ message: 'x', extensions: { faults: [{ File: 'p.yaml', Line: 3, Column: 2, Code: 'E101', What: 'unknown field', Hint: 'want' }, { file: 'q.yaml', line: 1 }] } }] })
  expect(faultsOf(error)).toEqual([{ file: 'p.yaml', line: 3, column: 2, code: 'E101', what: 'unknown field', hint: 'want' }, { file: 'q.yaml', line: 1, column: 0, code: '', what: '', hint: '' }])
  expect(faultsOf(new Error('none'))).toEqual([])
})

test('a length of time may be negative', () => {
  expect(lasted('-PT30M')).toBe('−30 min')
  expect(lasted('PT2H')).toBe('2 h')
  expect(lasted(null)).toBe('')
})

test('one text is put into the files', () => {
  const files = [{ path: 'a', text: '1' }, { path: 'b', text: '2' }]
  expect(changed(files, 'a', '3')).toEqual([{ path: 'a', text: '3' }, { path: 'b', text: '2' }])
  expect(changed(files, 'c', '4').at(-1)).toEqual({ path: 'c', text: '4' })
})
