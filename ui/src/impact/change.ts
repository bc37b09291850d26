// A change as an address has it: KIND, then the parts, each percent-encoded,
// with spaces between. Of a delay the column says job, for one of a job, and
// what it becomes says by how much. Pure.
import { flag, oneOf, texts, type Raw } from '../search'
import { fullName } from '../words'

export const kinds = ['DROP_FIELD', 'RENAME_FIELD', 'RETYPE_FIELD', 'DROP_DATASET', 'RENAME_DATASET', 'ADD_FIELD', 'STOP_JOB', 'DELAY'] as const
export type Kind = (typeof kinds)[number]
export type Change = { kind: Kind; namespace: string; name: string; field?: string; to?: string }
export type ImpactSearch = { change?: string[]; by?: true }
export const impactSearch = (s: Raw): ImpactSearch => ({ change: texts(s.change)?.slice(0, 20), by: flag(s.by) })

const part = (s: string | undefined) => encodeURIComponent(s ?? '')
export const written = (c: Change) => [c.kind, part(c.namespace), part(c.name), part(c.field), part(c.to)].join(' ').trimEnd()

/** read gives null for what is no change. */
export function read(text: string): Change | null {
  try {
    const [k, namespace, name, field, to] = text.split(' ').map((p, i) => (i === 0 ? p : decodeURIComponent(p)))
    const kind = oneOf(k, kinds)
    return kind && namespace && name ? { kind, namespace, name, ...(field ? { field } : {}), ...(to ? { to } : {}) } : null
  } catch {
    return null
  }
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
  if (c.kind === 'DELAY') return `${head}:${delays[c.to as keyof typeof delays] ?? '2h'}`
  return `${head}${c.field ? `#${c.field}` : ''}${needsTo(c.kind) && c.to ? `=${c.to}` : ''}`
}
