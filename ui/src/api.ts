// The client, and the parts of questions that several pages use. A page's own
// questions are in its folder's queries.ts. scripts/codegen.mjs reads all these
// texts and writes src/gen/graphql.ts from the server's schema.
import { Client, fetchExchange, gql, type TypedDocumentNode } from 'urql'
import { place } from './base'
import type {
  ActivityQuery, ActivityQueryVariables, BlastQuery, BlastQueryVariables,
  TodayQuery, TodayQueryVariables,
} from './gen/graphql'

export const client = new Client({ url: place('graphql'), exchanges: [fetchExchange], requestPolicy: 'network-only', preferGetMethod: false })

export const asset = `__typename id name { namespace name } owners { name } ... on Dataset { kind }`
export const brief = `__typename id name { namespace name }`
export const action = `id kind state targetName { namespace name } target { ${asset} } connector toolJob says policies externalId url createdAt transitions { from to at cause }`
export const decision = `id at policyName mode targetName { namespace name } target { ${asset} } outcome gate action { id } reasons { depth atom value says mayChangeAt }`
export const freshness = `state watermark deadline lateBy says policy { name owner } because { ${brief} }`

export const TODAY = gql`query Today {
  late(first: 50) { nodes { ${asset} freshness { ${freshness} } } pageInfo { hasNextPage } }
  isLate: sla(filter: { states: [LATE] }, first: 1) { totalCount }
  atRisk: sla(filter: { states: [AT_RISK] }, first: 1) { totalCount }
  open: actions(filter: { open: true }, first: 100) { nodes { ${action} } pageInfo { hasNextPage } }
  done: actions(filter: { states: [SUCCEEDED, FAILED, CANCELLED, REFUSED, REJECTED, SKIPPED, SHADOWED, SUPERSEDED, EXPIRED] }, first: 8) { nodes { ${action} } }
  decisions(first: 100) { nodes { ${decision} } pageInfo { hasNextPage } }
  runs(filter: { states: [RUNNING] }, first: 100) { nodes { id runId state startedAt job { ${brief} owners { name } } parent { id } action { id } } pageInfo { hasNextPage } }
  next(first: 100) { cut pageInfo { hasNextPage } nodes { id state toolJob connector says policies expectedAt targetName { namespace name } target { ${asset} } } }
  assets(first: 1) { nodes { id } }
  system { version position projectorLag graphBackend degraded killSwitch ready }
}` as TypedDocumentNode<TodayQuery, TodayQueryVariables>

export const BLAST = gql`query Blast($id: ID!) {
  lineage(roots: [$id], direction: DOWNSTREAM, depth: 50, maxNodes: 300) { complete nodes { distance asset { __typename ... on Dataset { kind } } } }
}` as TypedDocumentNode<BlastQuery, BlastQueryVariables>

export const ACTIVITY = gql`query Activity {
  actions(first: 100) { nodes { ${action} } }
  decisions(first: 100) { nodes { ${decision} } }
}` as TypedDocumentNode<ActivityQuery, ActivityQueryVariables>

export type LateDataset = TodayQuery['late']['nodes'][number]
export type Action = ActivityQuery['actions']['nodes'][number]
export type Decision = ActivityQuery['decisions']['nodes'][number]
export type Proposed = TodayQuery['next']['nodes'][number]
export type Run = TodayQuery['runs']['nodes'][number]
export type System = TodayQuery['system']
export type Flat = Decision['reasons'][number]
export type Name = Decision['targetName']
export type Asset = { __typename: 'Dataset' | 'Job'; id: string; name: Name }
