import { expect, test } from 'vitest'
import { kept } from './history'

test('a question that is asked again moves to the top, and old ones are forgotten', () => {
  const list = Array.from({ length: 30 }, (_, i) => ({ q: `q${i}`, v: '', at: i }))
  const next = kept(list, { q: 'q5', v: '', at: 99 })
  expect(next[0]).toEqual({ q: 'q5', v: '', at: 99 })
  expect(next).toHaveLength(30)
  expect(kept(list, { q: 'new', v: '', at: 1 }).map((x) => x.q)).not.toContain('q29')
})
