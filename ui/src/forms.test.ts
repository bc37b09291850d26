import { expect, test } from 'vitest'
import { csv, markdown, quoted } from './forms'

test('CSV quotes what needs it', () => {
  expect(csv(['name', 'n'], [['a,b', 1], ['say "x"', null], ['two\nlines', -2]])).toBe('name,n\r\n"a,b",1\r\n"say ""x""",\r\n"two\nlines",-2\r\n')
})

test('a name cannot become a formula', () => {
  expect(csv(['n'], [['=HYPERLINK("http://evil")'], ['@SUM(A1)'], ['-1+1'], ['\n=1']]).split('\r\n').slice(1, 5)).toEqual([`"'=HYPERLINK(""http://evil"")"`, `'@SUM(A1)`, `'-1+1`, `"'\n=1"`])
})

test('Markdown keeps its columns whatever a name holds', () => {
  expect(markdown(['a', 'b'], [['x|y', '<b>'], ['l1\nl2', 3]])).toBe('| a | b |\n| --- | --- |\n| x\\|y | \\<b\\> |\n| l1 l2 | 3 |\n')
})

test('Markdown makes nothing of a name', () => {
  expect(markdown(['a'], [['![x](http://evil) *b* __c__']])).toContain('| \\!\\[x\\](http://evil) \\*b\\* \\_\\_c\\_\\_ |')
})

test('a name is one word of a shell', () => expect(quoted("it's $(rm)")).toBe(`'it'\\''s $(rm)'`))
