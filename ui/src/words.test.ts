import { expect, test } from 'vitest'
import { ago, short, span, status } from './words'

test('a status has a shape and a word', () => {
  for (const code of ['LATE', 'WAIT', 'RUNNING', 'SUCCEEDED', 'UNKNOWN', 'SOMETHING_NEW']) {
    expect(status(code).word).not.toBe('')
    expect(status(code).shape).not.toBe('')
  }
})

test('relative times', () => {
  const now = Date.parse('2026-11-24T10:00:00Z')
  expect(ago('2026-11-24T09:59:58Z', now)).toBe('just now')
  expect(ago('2026-11-24T09:00:00Z', now)).toBe('60 min ago')
  expect(ago('2026-11-24T10:10:00Z', now)).toBe('in 10 min')
  expect(ago(null, now)).toBe('never')
  expect(span(7200)).toBe('2 h')
})

test('a long name keeps its end', () => {
  const s = short('warehouse.analytics.marts.customer_lifetime_value_monthly', 30)
  expect(s.length).toBeLessThanOrEqual(30)
  expect(s.endsWith('monthly')).toBe(true)
})
