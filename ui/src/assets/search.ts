// What the addresses of the assets and of one asset hold.
import { modes } from '../decisions/search'
import type { AssetFilter, AssetOrder, AssetProperty, DatasetKind, FreshnessState, Mode } from '../gen/graphql'
import { flag, oneOf, text, texts, whole, type Raw } from '../search'

const states: readonly FreshnessState[] = ['LATE', 'AT_RISK', 'UNKNOWN', 'DUE', 'FRESH', 'EXEMPT', 'NONE']
export type AssetsSearch = { q?: string; type?: string; kind?: string; tool?: string; ns?: string; owner?: string; tag?: string; state?: FreshnessState; mode?: Mode; run?: 'FAILED'; removed?: true; sort?: 'name'; more?: string[] }
export const assetsSearch = (s: Raw): AssetsSearch => ({
  q: text(s.q), type: text(s.type), kind: text(s.kind), tool: text(s.tool), ns: text(s.ns), owner: text(s.owner), tag: text(s.tag), state: oneOf(s.state, states), mode: oneOf(s.mode, modes), run: oneOf(s.run, ['FAILED'] as const), removed: flag(s.removed), sort: oneOf(s.sort, ['name'] as const), more: texts(s.more),
})

export const properties: [AssetProperty, keyof AssetsSearch & ('type' | 'kind' | 'tool' | 'ns' | 'owner' | 'tag' | 'state' | 'mode' | 'run')][] = [
  ['STATE', 'state'], ['LAST_RUN', 'run'], ['MODE', 'mode'], ['TYPE', 'type'], ['KIND', 'kind'], ['TOOL', 'tool'], ['OWNER', 'owner'], ['TAG', 'tag'], ['NAMESPACE', 'ns'],
]

/** filterOf is what the server is asked. */
export function filterOf(s: AssetsSearch): AssetFilter {
  return {
    type: oneOf(s.type, ['DATASET', 'JOB'] as const) ?? null, kind: (s.kind as DatasetKind | undefined) ?? null, tool: s.tool ?? null, namespace: s.ns ?? null, owner: s.owner ?? null, tag: s.tag ?? null,
    states: s.state ? [s.state] : null, modes: s.mode ? [s.mode] : null, lastRunFailed: s.run === 'FAILED', includeRemoved: s.removed ?? false,
  }
}

/** orderOf is how the server is asked to sort: by name, or what fits best first. */
export const orderOf = (s: AssetsSearch): AssetOrder | null => (s.sort === 'name' ? 'NAME' : null)

export const tabs = ['overview', 'columns', 'runs', 'policy', 'decisions', 'names', 'raw'] as const
export type AssetTab = (typeof tabs)[number]
/** beside are the sides of which all is listed. */
export type AssetSearch = { hops?: number; tab?: AssetTab; sort?: string; find?: string; beside?: ('up' | 'down')[] }
export const assetSearch = (s: Raw): AssetSearch => ({ hops: whole(s.hops, 1, 5), tab: oneOf(s.tab, tabs), sort: text(s.sort), find: text(s.find), beside: texts(s.beside)?.flatMap((x) => oneOf(x, ['up', 'down'] as const) ?? []) })
