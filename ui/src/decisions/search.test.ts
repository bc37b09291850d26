import { expect, test } from 'vitest'
import { boundsOf } from './search'

const now = Date.parse('2026-03-02T09:41:30Z')

test('times of an address are asked for as the server reads them; a span goes with the time', () => {
  expect(boundsOf({ from: '2026-03-01', to: '2026-03-01T12:00:00+01:00' }, now)).toEqual({ since: '2026-03-01T00:00:00.000Z', until: '2026-03-01T11:00:00.000Z' })
  expect(boundsOf({ since: '24h' }, now)).toEqual({ since: '2026-03-01T09:41:00.000Z', until: null })
  expect(boundsOf({}, now)).toEqual({ since: null, until: null })
})
