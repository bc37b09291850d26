import { expect, test } from 'vitest'
import { merged } from './paged'

const key = (r: { id: string }) => r.id

test('rows keep their place, are brought up to date, and new ones are counted', () => {
  const shown = [{ id: 'b', n: 1 }, { id: 'a', n: 1 }]
  const { rows, fresh } = merged(shown, [{ id: 'c', n: 1 }, { id: 'b', n: 2 }], key)
  expect(rows).toEqual([{ id: 'b', n: 2 }, { id: 'a', n: 1 }])
  expect(fresh).toBe(1)
})
