// A change as an address has it: KIND, then the parts, each percent-encoded,
// with spaces between. Of a delay the column says job, for one of a job, and
// what it becomes says by how much. Pure.
import { flag, oneOf, text, texts, type Raw } from '../search'
import { fullName, seconds } from '../words'

export const kinds = ['DROP_FIELD', 'RENAME_FIELD', 'RETYPE_FIELD', 'DROP_DATASET', 'RENAME_DATASET', 'ADD_FIELD', 'STOP_JOB', 'DELAY'] as const
export type Kind = (typeof kinds)[number]
export type Change = { kind: Kind; namespace: string; name: string; field?: string; to?: string }
/** Fault is what keeps a text from being a change, and the word that it is about. */
export type Fault = { fault: 'kind' | 'percent' | 'name' | 'column' | 'whole' | 'by' | 'many'; word: string }
/** Refused is a change of the address that is not asked about, by its place. */
export type Refused = Fault & { at: number; text: string }
/** DraftSearch is a change that is not made yet, as the address has it. */
type DraftSearch = { kind?: Kind; of?: string; column?: string; to?: string }
export type ImpactSearch = { change?: string[]; by?: true; asOf?: string } & DraftSearch
export const impactSearch = (s: Raw): ImpactSearch => ({ change: texts(s.change), by: flag(s.by), asOf: text(s.asOf), kind: oneOf(s.kind, kinds), of: text(s.of), column: text(s.column), to: text(s.to) })

/** Draft is what stands in the builder. */
export type Draft = { kind: Kind; of: string; column: string; to: string }
export const draftOf = (s: DraftSearch): Draft => ({ kind: s.kind ?? 'DROP_FIELD', of: s.of ?? '', column: s.column ?? '', to: s.to ?? '' })
/** drafted is a draft for the address, which leaves out what stands there by itself. */
export const drafted = (d: Draft): DraftSearch => ({ kind: d.kind === 'DROP_FIELD' ? undefined : d.kind, of: d.of || undefined, column: d.column || undefined, to: d.to || undefined })

/** instant is a time of an address as weir takes it; null: it is none, and what was then is not known to be asked. */
export const instant = (asOf: string) => (/^\d{4}-\d\d-\d\d/.test(asOf) && !Number.isNaN(Date.parse(asOf)) ? new Date(asOf).toISOString() : null)

/** undrafted is an address without the change that is being made: others are sent what is looked at. */
export function undrafted(href: string): string {
  const draft = Object.keys(drafted(draftOf({})))
  const [path, query = ''] = href.split('?')
  const kept = query.split('&').filter((p) => p !== '' && !draft.includes(p.split('=')[0]!))
  return kept.length > 0 ? `${path}?${kept.join('&')}` : path!
}

/** MOST changes are asked about at once: the server takes no more. */
export const MOST = 100
const longestDelay = 30 * 86400

const part = (s: string | undefined) => encodeURIComponent(s ?? '')
export const written = (c: Change) => [c.kind, part(c.namespace), part(c.name), part(c.field), part(c.to)].join(' ').trimEnd()

/** read gives what is wrong with what is no change. */
export function read(said: string): Change | Fault {
  const [word = '', ...rest] = said.split(' ')
  const kind = oneOf(word, kinds)
  if (!kind) return { fault: 'kind', word }
  try {
    const [namespace, name, field, to] = rest.map(decodeURIComponent)
    if (!namespace || !name) return { fault: 'name', word }
    const c: Change = { kind, namespace, name, ...(field ? { field } : {}), ...(to ? { to } : {}) }
    const fault = faultOf(c)
    return fault ? { fault, word: fault === 'by' ? to! : kind } : c
  } catch {
    return { fault: 'percent', word: rest.find((p) => /%(?![0-9a-f]{2})/i.test(p)) ?? rest.join(' ') }
  }
}

/** faultOf is why weir would refuse a change. */
function faultOf(c: Change): Fault['fault'] | null {
  if (ofColumn(c.kind) && !c.field) return 'column'
  if (!ofColumn(c.kind) && c.field && !(c.kind === 'DELAY' && c.field === 'job')) return 'whole'
  const by = c.kind === 'DELAY' && c.to ? (seconds(c.to) ?? 0) : 1
  return by > 0 && by <= longestDelay ? null : 'by'
}

/** taken are the changes of an address that are asked about, by their places, and why the others are not. */
export function taken(list: string[]): { changes: { at: number; c: Change }[]; refused: Refused[] } {
  const changes: { at: number; c: Change }[] = []
  const refused: Refused[] = []
  list.forEach((said, at) => {
    const c = read(said)
    if ('fault' in c) refused.push({ ...c, at, text: said })
    else if (changes.length === MOST) refused.push({ fault: 'many', word: c.kind, at, text: said })
    else changes.push({ at, c })
  })
  return { changes, refused }
}

export const ofColumn = (k: Kind) => k.endsWith('_FIELD')
export const needsTo = (k: Kind) => k === 'RENAME_FIELD' || k === 'RETYPE_FIELD' || k === 'RENAME_DATASET'
const verbs: Record<Kind, string> = { DROP_FIELD: 'drop', DROP_DATASET: 'drop', RENAME_FIELD: 'rename', RENAME_DATASET: 'rename', RETYPE_FIELD: 'retype', ADD_FIELD: 'add', STOP_JOB: 'disable', DELAY: 'delay' }
/** delays are the lengths that are offered, as GraphQL and the command say them. */
export const delays = { PT30M: '30m', PT1H: '1h', PT2H: '2h', PT4H: '4h', PT8H: '8h', PT24H: '24h', PT72H: '72h' } as const
export const ofJob = (c: Pick<Change, 'kind' | 'field'>) => c.kind === 'STOP_JOB' || (c.kind === 'DELAY' && c.field === 'job')

/** input is the change as GraphQL takes it. */
export const input = (c: Change) => ({
  kind: c.kind, dataset: { namespace: c.namespace, name: c.name },
  ...(c.kind === 'DELAY' ? { by: c.to ?? 'PT2H', type: ofJob(c) ? ('JOB' as const) : ('DATASET' as const) } : { field: c.field ?? null, to: c.to ?? null }),
})

/** command is the change as weir impact --change takes it. */
export function command(c: Change) {
  const head = `${verbs[c.kind]}:${ofJob(c) ? 'job' : 'dataset'}:${fullName(c)}`
  if (c.kind === 'DELAY') return `${head}:${delays[(c.to ?? 'PT2H') as keyof typeof delays] ?? `${seconds(c.to)}s`}`
  return `${head}${c.field ? `#${c.field}` : ''}${needsTo(c.kind) && c.to ? `=${c.to}` : ''}`
}
