import { Client, fetchExchange, gql } from 'urql'

export const client = new Client({ url: '/graphql', exchanges: [fetchExchange], requestPolicy: 'network-only', preferGetMethod: false })

export type Name = { namespace: string; name: string }
export type Ternary = 'TRUE' | 'FALSE' | 'UNKNOWN'
export type Flat = { depth: number; atom: string; value: Ternary; says: string; mayChangeAt: string | null }
export type Asset = { __typename: 'Dataset' | 'Job'; id: string; name: Name; owners?: { name: string }[]; kind?: string; description?: string | null; tags?: { key: string; value: string | null }[] }
export type Freshness = { state: string; watermark: string | null; deadline: string | null; lateBy: string | null; says: string; policy: { name: string; owner: string | null } | null; because: Asset | null }
export type Decision = { id: string; at: string; policyName: string | null; mode: string; targetName: Name; target: Asset | null; outcome: string; reasons: Flat[]; gate: boolean; action: { id: string } | null }
export type Action = {
  id: string; kind: string; state: string; targetName: Name; target: Asset | null; connector: string; toolJob: string; says: string; policies: string[]
  externalId: string | null; url: string | null; createdAt: string; transitions: { from: string | null; to: string; at: string; cause: string }[]
}
export type System = { version: string; position: string; projectorLag: number; graphBackend: string; degraded: string[]; killSwitch: boolean; ready: boolean }
export type LateDataset = Asset & { freshness: Freshness }
export type Today = { late: { nodes: LateDataset[] }; actions: { nodes: Action[] }; decisions: { nodes: Decision[] }; system: System; assets: { nodes: { id: string }[] } }

const asset = `__typename id name { namespace name } owners { name } ... on Dataset { kind }`
const action = `id kind state targetName { namespace name } target { ${asset} } connector toolJob says policies externalId url createdAt transitions { from to at cause }`
const decision = `id at policyName mode targetName { namespace name } target { ${asset} } outcome gate action { id } reasons { depth atom value says mayChangeAt }`

export const TODAY = gql`query Today {
  late(first: 50) { nodes { ${asset} freshness { state watermark deadline lateBy says policy { name owner } because { __typename id name { namespace name } } } } }
  actions(first: 40) { nodes { ${action} } }
  decisions(first: 60) { nodes { ${decision} } }
  assets(first: 1) { nodes { id } }
  system { version position projectorLag graphBackend degraded killSwitch ready }
}`

export const ACTIVITY = gql`query Activity {
  actions(first: 100) { nodes { ${action} } }
  decisions(first: 100) { nodes { ${decision} } }
}`

export const ASSETS = gql`query Assets($q: String, $after: String) {
  assets(search: $q, first: 100, after: $after) { nodes { ${asset} description tags { key value } } pageInfo { hasNextPage endCursor } }
}`

export type Version = { id: string; producedAt: string; tainted: boolean; run: { id: string; runId: string; job: Asset | null } | null }
export type Run = { id: string; runId: string; state: string; attempt: number; startedAt: string | null; endedAt: string | null; error: string | null }
export type AssetDetail = Asset & {
  names: { namespace: string; name: string; origin: string; evidence: string | null }[]; firstSeen: string; lastSeen: string | null; removedAt: string | null
  policies: { id: string; name: string; mode: string; owner: string | null; source: string; yaml: string }[]
  freshness?: Freshness; fields?: { nodes: { name: string; type: string | null; description: string | null }[]; totalCount: number | null }
  versions?: { nodes: Version[] }; checks?: { nodes: { name: string; field: string | null; outcome: string; blocking: boolean; at: string }[] }
  runs?: { nodes: Run[] }; processing?: string; integration?: string | null; parent?: Asset | null
}
export const ASSET = gql`query Asset($id: ID!) {
  node(id: $id) {
    ... on Asset {
      ${asset} description tags { key value } names { namespace name origin evidence } firstSeen lastSeen removedAt
      policies { id name mode owner source yaml }
    }
    ... on Dataset {
      freshness { state watermark deadline lateBy says policy { name owner } because { __typename id name { namespace name } } }
      fields(first: 100) { nodes { name type description } totalCount }
      versions(first: 10) { nodes { id producedAt tainted run { id runId job { __typename id name { namespace name } } } } }
      checks(first: 20) { nodes { name field outcome blocking at } }
    }
    ... on Job { processing integration parent { __typename id name { namespace name } } runs(first: 15) { nodes { id runId state attempt startedAt endedAt error } } }
  }
}`
export const WHY = gql`query Why($id: ID!) { why(id: $id) { ${decision} } decisions(target: $id, first: 15) { nodes { ${decision} } } actions(filter: { target: $id }, first: 10) { nodes { ${action} } } }`

export type LineageData = {
  lineage: {
    nodes: { id: string; distance: number; hiddenUpstream: number; hiddenDownstream: number; asset: Asset | null }[]
    edges: { source: string; target: string; type: string }[]; complete: boolean; cut: string | null
  }
}
export const LINEAGE = gql`query Lineage($id: ID!, $depth: Int!, $max: Int!) {
  lineage(roots: [$id], direction: BOTH, depth: $depth, maxNodes: $max) {
    nodes { id distance hiddenUpstream hiddenDownstream asset { ${asset} } } edges { source target type } complete cut
  }
}`
