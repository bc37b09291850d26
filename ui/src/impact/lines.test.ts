import { expect, test } from 'vitest'
import { MOST } from './change'
import { readLine, readLines } from './lines'
import vectors from '../../../cmd/weir/testdata/changes.json'

test('a line is read as the command reads it', () => {
  for (const v of vectors as { text: string; kind: string; namespace: string; name: string; field?: string; to?: string; job?: boolean }[]) {
    expect(readLine(v.text), v.text).toEqual({ kind: v.kind, ref: `${v.job ? 'job' : 'dataset'}:${v.namespace}/${v.name}`, ...(v.field ? { field: v.field } : {}), ...(v.to ? { to: v.to } : {}) })
  }
  expect(readLine('rename:shop.raw.orders#amount=total')).toEqual({ kind: 'RENAME_FIELD', ref: 'shop.raw.orders', field: 'amount', to: 'total' })
  expect(readLine('stop:load')).toEqual({ kind: 'STOP_JOB', ref: 'load' })
  expect(readLine('delay:load:1h30m')).toEqual({ kind: 'DELAY', ref: 'load', to: 'PT1H30M' })
})

test('what is no change is said with its line and its fault', () => {
  const { asked, wrong } = readLines("# a plan\n\ndrop:a#x\n  --change 'drop:b'\nmelt:a\nretype:a\ndisable:a#x\ndelay:a:soon\ndelay:a:0h\ndrop:#x\nnonsense")
  expect(asked).toEqual([{ kind: 'DROP_FIELD', ref: 'a', field: 'x', at: 3 }, { kind: 'DROP_DATASET', ref: 'b', at: 4 }])
  expect(wrong.map((w) => [w.at, w.fault])).toEqual([[5, 'form'], [6, 'kind'], [7, 'kind'], [8, 'delay'], [9, 'delay'], [10, 'name'], [11, 'form']])
})

test('what the command prints as JSON is read', () => {
  const { asked, wrong } = readLines(JSON.stringify({ impact: { changes: [{ kind: 'DROP_FIELD', asset: 'dataset:n/t', column: 'x' }, { kind: 'DELAY', asset: 'job:p/j', by: 'PT2H' }, { kind: 'RENAME_DATASET', asset: 'dataset:n/t', to: 'u' }, { kind: 'MELT', asset: 'x' }, null] } }))
  expect(asked).toEqual([{ kind: 'DROP_FIELD', ref: 'dataset:n/t', field: 'x', at: 1 }, { kind: 'DELAY', ref: 'job:p/j', to: 'PT2H', at: 2 }, { kind: 'RENAME_DATASET', ref: 'dataset:n/t', to: 'u', at: 3 }])
  expect(wrong.map((w) => [w.at, w.fault])).toEqual([[4, 'form'], [5, 'form']])
  expect(readLines('{ "impact": ').wrong[0]).toMatchObject({ fault: 'json' })
  expect(readLines('{}').wrong).toEqual([{ fault: 'changes', word: '', at: 1 }])
})

test('a diff of files is said to be one, once', () => {
  expect(readLines('diff --git a/m.sql b/m.sql\n--- a/m.sql\n+++ b/m.sql\n@@ -1 +1 @@\n-select x\n+select y').wrong).toEqual([{ fault: 'diff', word: '', at: 1 }])
  expect(readLines('\n--- a/m.sql\n+++ b/m.sql').wrong).toEqual([{ fault: 'diff', word: '', at: 3 }])
})

test('no more are taken than a question takes', () => {
  const { asked, wrong } = readLines(Array.from({ length: MOST + 3 }, (_, i) => `drop:t${i}`).join('\n'))
  expect(asked.length).toBe(MOST)
  expect(wrong).toEqual([{ fault: 'many', word: '3', at: MOST + 1 }])
})
