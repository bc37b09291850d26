// The answer in words and in the forms in which it is taken along. Whatever it
// does not hold is said in each of them. Pure.
import { csv, markdown } from '../forms'
import type { Column } from '../table'
import * as shell from '../texts/shell'
import * as t from '../texts/impact'
import { fullName, lasted } from '../words'
import { ofJob, type Change, type Refused } from './change'
import type { Affected, Impact } from './queries'

/** hidden says that the reader's role does not show an asset: of such ones weir tells no namespace. */
export const hidden = (a: Affected) => a.asset?.name.namespace === ''
export const owners = (a: Affected) => (hidden(a) ? t.ownerDenied : a.asset?.owners.map((o) => o.name).join(', ') || t.nobody)
export const nameOf = (a: Affected) => (a.asset ? (hidden(a) ? a.asset.name.name : fullName(a.asset.name)) : null)
export const steps = (a: Affected) => a.path.map((n) => `${n.asset?.name.name ?? '?'}${n.field ? `#${n.field}` : ''}`)
export const way = (a: Affected) => steps(a).join(' → ')
export const says = (c: Change) => (c.kind === 'DELAY' ? `${t.kinds[c.kind]}: ${c.name}, ${c.to && !(c.to in t.delays) ? lasted(c.to) : t.delays[(c.to ?? 'PT2H') as keyof typeof t.delays]}` : `${t.kinds[c.kind]}: ${c.name}${c.field && !ofJob(c) ? `#${c.field}` : ''}${c.to ? ` → ${c.to}` : ''}`)

/** refusal says which change is not asked about, why, and what to do. */
export const refusal = (r: Refused) => t.refused(r.at + 1, r.text, t.faults[r.fault](r.word))

/** lateOf is what comes of the worst deadline; null: it has none. */
export function lateOf(a: Affected): string | null {
  const d = a.deadlines[0]
  if (!d) return null
  return d.met !== 'FALSE' ? t.lateness[d.met] : d.lateBy ? t.lateBy(lasted(d.lateBy)) : t.lateness.FALSE
}

/** lastUsed is when a run that uses it last began; that none was ever seen is not that nobody knows. */
export const lastUsed = (a: Affected): string => a.lastUsedAt ?? t.unused[a.used]

/** unlit are those who state no column lineage, by name, and of how many rows nobody can say for that. */
export function unlit(rows: Affected[]): { rows: number; by: string[] } {
  const dark = rows.filter((a) => a.unlitBy)
  const by = new Map(dark.map((a) => [a.unlitBy, a.path.find((n) => n.asset?.id === a.unlitBy)?.asset?.name.name ?? '?']))
  return { rows: dark.length, by: [...by.values()].sort() }
}

/** cutOf says that an answer is cut, and why. */
export const cutOf = (i: Impact) => (i.complete ? null : t.cut(i.cut ? t.cutReasons[i.cut] : ''))

/** gaps are what the answer does not hold, a sentence each. */
export const gaps = (i: Impact | undefined, refused: Refused[]) => [i && cutOf(i), i && i.deniedByRole > 0 && t.denied(shell.access.denied(i.deniedByRole)), ...refused.map(refusal)].filter((s): s is string => Boolean(s))

/** formsOf are the table with what was asked and what is missing. */
export function formsOf(changes: Change[], columns: Column<Affected>[], rows: Affected[], missing: string[]) {
  const of = columns.filter((c) => c.value)
  const head = of.map((c) => c.title)
  const cells = rows.map((r) => of.map((c) => c.value!(r)))
  const more = (list: string[], lead: string) => list.map((s) => `${lead}${s}\n`).join('')
  return {
    csv: () => csv(head, [...cells, ...missing.map((s) => head.map((_, n) => (n === 0 ? s : null)))]),
    markdown: () => `${more(changes.map(says), '- ')}\n${markdown(head, cells)}${missing.length > 0 ? `\n${more(missing, '- ')}` : ''}`,
  }
}

/** letters are what one sends to each owner: what of theirs is hit, and how. What is not affected is not told. */
export function letters(changes: Change[], rows: Affected[], missing: string[], link: string): Map<string, string> {
  const by = new Map<string, string[]>()
  for (const a of rows.filter((x) => x.severity !== 'SAFE' && x.asset)) {
    const line = [`${fullName(a.asset!.name)}: ${t.severities[a.severity]} (${t.confidences[a.confidence]})`, a.fields.length > 0 && a.fields.join(', '), lateOf(a), a.reason].filter(Boolean).join('; ')
    for (const o of a.asset!.owners) by.set(o.name, [...(by.get(o.name) ?? []), line])
  }
  return new Map([...by].map(([who, hit]) => [who, t.letter(who, changes.map(says), hit, missing, link)]))
}

/** grouped puts the rows under their owners, the one with the worst first. */
export function grouped(rows: Affected[]): [string, Affected[]][] {
  const by = new Map<string, Affected[]>()
  for (const r of rows) by.set(owners(r), [...(by.get(owners(r)) ?? []), r])
  return [...by]
}
