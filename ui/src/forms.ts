// Tables as text. Pure.

/** csv writes RFC 4180; a cell that a spreadsheet would run as a formula is made a text. */
export function csv(head: string[], rows: (string | number | null | undefined)[][]): string {
  const cell = (v: string | number | null | undefined) => {
    let s = v === null || v === undefined ? '' : String(v)
    if (typeof v === 'string' && /^[=+\-@\t\r\n]/.test(s)) s = `'${s}`
    return /[",\r\n]/.test(s) ? `"${s.replaceAll('"', '""')}"` : s
  }
  return [head, ...rows].map((r) => r.map(cell).join(',')).join('\r\n') + '\r\n'
}

/** markdown writes a table that GitHub shows. */
export function markdown(head: string[], rows: (string | number | null | undefined)[][]): string {
  const cell = (v: string | number | null | undefined) => String(v ?? '').replace(/[\\|`<>[\]!*_]/g, '\\$&').replace(/\s+/g, ' ')
  const line = (r: (string | number | null | undefined)[]) => `| ${r.map(cell).join(' | ')} |`
  return [line(head), `|${head.map(() => ' --- ').join('|')}|`, ...rows.map(line)].join('\n') + '\n'
}

/** listForms are a list in the forms in which it is taken along. */
export const listForms = (head: string[], rows: (string | number | null | undefined)[][], json: unknown) => ({ csv: () => csv(head, rows), markdown: () => markdown(head, rows), json: () => json })

/** quoted is a text as one word of a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
