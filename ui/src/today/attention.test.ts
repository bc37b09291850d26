import { expect, test } from 'vitest'
import { outermost, steady } from './attention'

test('runs inside a listed run are left out', () => {
  expect(outermost([{ id: 'dag', parent: null }, { id: 'task', parent: { id: 'dag' } }, { id: 'orphan', parent: { id: 'gone' } }]).map((r) => r.id)).toEqual(['dag', 'orphan'])
})

test('no row moves, comes or goes by itself; values change, what is over says so', () => {
  const shown = [{ id: 'a', v: 1 }, { id: 'b', v: 1 }]
  const next = [{ id: 'c', v: 2 }, { id: 'b', v: 2 }]
  expect(steady(shown, next)).toEqual({ rows: [{ row: { id: 'a', v: 1 }, over: true }, { row: { id: 'b', v: 2 }, over: false }], fresh: 1, over: 1 })
  expect(steady(next, next)).toEqual({ rows: next.map((row) => ({ row, over: false })), fresh: 0, over: 0 })
})
