import { expect, test } from 'vitest'
import { dlqOrder, order } from './orders'

test.each([
  ['nothing is said yet', order('hold', ['dataset:a/b'], ''), "weir hold dataset:a/b --reason '…'"],
  ['a run of a partition', order('run', ["dataset:a/b's"], "it's $(rm) `late`", { partition: '2026-03-01 x' }), "weir run 'dataset:a/b'\\''s' --partition '2026-03-01 x' --reason 'it'\\''s $(rm) `late`'"],
  ['a partition that is not said', order('run', [], 'r', { partition: '' }), "weir run --reason 'r'"],
  ['a whole change', order('approve', ['action_1'], 'ok', { 'whole-change': true }), "weir approve action_1 --whole-change --reason 'ok'"],
  ['one action', order('approve', ['action_1'], 'ok', { 'whole-change': false }), "weir approve action_1 --reason 'ok'"],
  ['a number', order('backfill', ['x'], 'r', { parallel: 2, from: '…' }), "weir backfill x --parallel 2 --from … --reason 'r'"],
  ['a name that looks like a flag', order('pause', [], 'r', { connector: 'a b', job: '-x' }), "weir pause --connector 'a b' --job -x --reason 'r'"],
])('the order where it is %s', (_, is, want) => expect(is).toBe(want))

test('all events that are chosen are named', () => {
  const all = Array.from({ length: 200 }, (_, i) => String(i + 1))
  expect(dlqOrder(true, all).split(' ')).toEqual(['weir', 'dlq', 'drop', ...all])
  expect(dlqOrder(false, ['7'])).toBe('weir dlq replay 7')
})
