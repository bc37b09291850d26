import { expect, test } from 'vitest'
import { idsOf } from './live'

test('a hint names what it touches; one without names may be about anything', () => {
  expect(idsOf('{"kind":"run","id":"run_1","target":"asset_1"}')).toEqual(['run_1', 'asset_1'])
  expect(idsOf('{"kind":"asset","id":"asset_1"}')).toEqual(['asset_1'])
  expect(idsOf('{}')).toBe(null)
  expect(idsOf('not JSON')).toBe(null)
})
