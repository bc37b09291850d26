// What the address of a picture of lineage holds: all of the question, so that
// a copied one shows the same picture.
import type { Band, DatasetKind, LineageSceneQueryVariables } from '../gen/graphql'
import { flag, oneOf, text, texts, whole, type Raw } from '../search'

export const bands = ['ASSET', 'DATASET', 'JOB', 'COLUMN'] as const satisfies readonly Band[]
export const kinds = ['TABLE', 'VIEW', 'FILE', 'TOPIC', 'STREAM', 'MODEL', 'DASHBOARD', 'JOB_OUTPUT', 'OTHER'] as const satisfies readonly DatasetKind[]
export const FIRST = 40
export const MOST = 500
const hops = 50

export type LineageSearch = {
  focus?: string[]
  up?: number
  down?: number
  band?: Band
  /** Draw throw-aways, too. */
  whole?: true
  asOf?: string
  /** The end of ways, how many, and which of them is looked at. */
  to?: string
  k?: number
  way?: number
  /** What was expanded, in order: u- or d- and an id. */
  x?: string[]
  /** Members of bundles that are drawn each by itself. */
  show?: string[]
  /** The column of the focus that is followed, and one that is held highlighted: a key, #, and its name. */
  col?: string
  lock?: string
  /** The key of what is selected. */
  sel?: string
  sort?: string
  /** Without the list beside the picture. */
  bare?: true
  tag?: string
  owner?: string
  tool?: string
  ns?: string
  kind?: DatasetKind
}

export const lineageSearch = (s: Raw): LineageSearch => ({
  focus: texts(s.focus)?.slice(0, 10), up: whole(s.up, 0, hops), down: whole(s.down, 0, hops), band: oneOf(s.band, bands), whole: flag(s.whole),
  asOf: moment(text(s.asOf)), to: text(s.to), k: whole(s.k, 1, 50), way: whole(s.way, 0, 49), x: texts(s.x)?.filter((e) => /^[ud]-/.test(e)).slice(0, 50), show: texts(s.show)?.slice(0, 100),
  col: text(s.col), lock: text(s.lock), sel: text(s.sel), sort: text(s.sort), bare: flag(s.bare), tag: text(s.tag), owner: text(s.owner), tool: text(s.tool), ns: text(s.ns), kind: oneOf(s.kind, kinds),
})

/** decided tells the id of a decision or action, which stands for its time, from a time. */
export const decided = (v: string | undefined) => (v !== undefined && /^(decision|action)_[\w-]+$/.test(v) ? v : undefined)

/** moment is a time that weir takes, an id that stands for one, or none. */
function moment(v: string | undefined): string | undefined {
  if (decided(v)) return v
  return v !== undefined && !Number.isNaN(Date.parse(v)) ? new Date(v).toISOString().replace('.000Z', 'Z') : undefined
}

export const filtered = (s: LineageSearch) => Boolean(s.tag || s.owner || s.tool || s.ns || s.kind)

/** question is what the server is asked. The first paint is small; who asks for more hops gets them. */
export function question(s: LineageSearch): LineageSceneQueryVariables {
  const band = s.band ?? 'ASSET'
  const [up, down] = [s.up ?? 1, s.down ?? 1]
  return {
    focus: s.focus ?? [], band, up, down, limit: up > 1 || down > 1 || s.to || band === 'COLUMN' ? MOST : FIRST, asOf: s.asOf ?? null, fold: !s.whole,
    filter: filtered(s) ? { tag: s.tag ?? null, owner: s.owner ?? null, tool: s.tool ?? null, namespace: s.ns ?? null, kind: s.kind ?? null } : null,
    expand: s.x?.map((e) => ({ id: e.slice(2), side: e.startsWith('u-') ? 'UPSTREAM' as const : 'DOWNSTREAM' as const })) ?? null,
    show: s.show ?? null, to: s.to ?? null, ways: s.k ?? 3, column: s.col ?? null,
  }
}
