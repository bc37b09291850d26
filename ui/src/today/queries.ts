import { gql, type TypedDocumentNode } from 'urql'
import { action, asset, brief } from '../api'
import type { AcknowledgeMutation, AcknowledgeMutationVariables, BlastsQuery, BlastsQueryVariables, FirstStepsQuery, FirstStepsQueryVariables, TodayQuery, TodayQueryVariables } from '../gen/graphql'

export const TODAY = gql`query Today($members: Int!) {
  attention(first: 30) {
    totalCount cut waiting counts { state count } pageInfo { hasNextPage }
    nodes {
      id state since lateBy told acknowledgement { actor at reason until newSince }
      cause { kind name { namespace name } asset { ${brief} } connector owner since says }
      members(first: $members) { totalCount nodes { id state also name { namespace name } asset { ${brief} } policyName owner says since lateBy gate action } }
    }
  }
  open: actions(filter: { open: true }, first: 100) { nodes { ${action} } pageInfo { hasNextPage } }
  done: actions(filter: { states: [SUCCEEDED, FAILED, CANCELLED, REFUSED, REJECTED, SKIPPED, SHADOWED, SUPERSEDED, EXPIRED] }, first: 8) { nodes { ${action} } }
  runs(filter: { states: [RUNNING] }, first: 100) { nodes { id runId state startedAt job { ${brief} owners { name } } parent { id } action { id } } pageInfo { hasNextPage } }
  next(within: "PT6H", first: 50) { cut pageInfo { hasNextPage } nodes { id state mode toolJob connector says policies expectedAt targetName { namespace name } target { ${asset} } freshness { policy { trial { to until } } } } }
  assets(first: 1) { nodes { id } }
  system { version position projectorLag graphBackend degraded killSwitch ready drift }
}` as TypedDocumentNode<TodayQuery, TodayQueryVariables>

/** BLASTS counts what lies downstream: asked apart, it walks the graph and changes slowly. */
export const BLASTS = gql`query Blasts { attention(first: 30) { nodes { id blast { assets dashboards complete } } } }` as TypedDocumentNode<BlastsQuery, BlastsQueryVariables>

export const ACKNOWLEDGE = gql`mutation Acknowledge($input: AcknowledgeInput!) { acknowledge(input: $input) { attention position } }` as TypedDocumentNode<AcknowledgeMutation, AcknowledgeMutationVariables>

export const FIRST_STEPS = gql`query FirstSteps { assetCounts { total by { property values { value count } } } tools { kind reachable } }` as TypedDocumentNode<FirstStepsQuery, FirstStepsQueryVariables>

export type Group = TodayQuery['attention']['nodes'][number]
export type Member = Group['members']['nodes'][number]
export type Blast = BlastsQuery['attention']['nodes'][number]['blast']
export type Proposed = TodayQuery['next']['nodes'][number]
export type Run = TodayQuery['runs']['nodes'][number]
export type System = TodayQuery['system']
