import { gql, type TypedDocumentNode } from 'urql'
import type { CancelRunMutation, CancelRunMutationVariables, CriticalPathQuery, CriticalPathQueryVariables, RerunRunMutation, RerunRunMutationVariables, RunPageQuery, RunPageQueryVariables, TimelineNameQuery, TimelineNameQueryVariables, TimelineQuery, TimelineQueryVariables, TimelineToolsQuery, TimelineToolsQueryVariables } from '../gen/graphql'

const job = `__typename id name { namespace name } integration`

export const TIMELINE = gql`query Timeline($from: Time!, $to: Time!, $select: TimelineSelection) {
  timeline(from: $from, to: $to, select: $select, maxNodes: 600) {
    runs { id runId state expired startedAt endedAt nominalEnd lastEventAt error job { ${job} } }
    planned { target until job { ${job} } action { id state kind expectedAt says toolJob connector targetName { namespace name } policies } }
    deadlines { target name { namespace name } policyName at state says job { ${job} } }
    late { target name { namespace name } policyName since until says job { ${job} } }
    complete now
  }
}` as TypedDocumentNode<TimelineQuery, TimelineQueryVariables>

export const TOOLS = gql`query TimelineTools { assetCounts(filter: { type: JOB }) { by { property more values { value } } } }` as TypedDocumentNode<TimelineToolsQuery, TimelineToolsQueryVariables>

export const NAME = gql`query TimelineName($id: ID!) { node(id: $id) { __typename ... on Asset { id name { namespace name } } } }` as TypedDocumentNode<TimelineNameQuery, TimelineNameQueryVariables>

export const PATH = gql`query CriticalPath($id: ID!) {
  criticalPath(id: $id, hops: 20) { complete steps { waited took says readyAt version { dataset { __typename id name { namespace name } } } run { id runId state startedAt endedAt job { ${job} } } } }
}` as TypedDocumentNode<CriticalPathQuery, CriticalPathQueryVariables>

const version = `id partition producedAt tainted rowCount bytes dataVersion dataset { __typename id name { namespace name } kind }`

export const RUN = gql`query RunPage($id: ID!) {
  run(id: $id) {
    id runId state expired attempt nominalStart nominalEnd startedAt endedAt lastEventAt externalId codeVersion error flags lineageIncomplete
    engine { name version } externalQuery { id source }
    job { ${job} }
    parent { id runId state job { ${job} } } root { id runId state job { ${job} } }
    children(first: 200) { nodes { id runId state startedAt endedAt error job { ${job} } } pageInfo { hasNextPage } }
    action { id state toolJob connector cause { id } }
    readCount outputCount
    reads { partition dataVersion dataset { __typename id name { namespace name } kind } version { ${version} run { id job { ${job} } } } }
    outputs { ${version} }
    facets { key side at bytes dataset { namespace name } value }
  }
}` as TypedDocumentNode<RunPageQuery, RunPageQueryVariables>

export const CANCEL_RUN = gql`mutation CancelRun($input: CancelRunInput!) { cancelRun(input: $input) { action { id says } position } }` as TypedDocumentNode<CancelRunMutation, CancelRunMutationVariables>
export const RERUN_RUN = gql`mutation RerunRun($input: RerunInput!) { rerun(input: $input) { action { id says } position } }` as TypedDocumentNode<RerunRunMutation, RerunRunMutationVariables>

export type Timeline = TimelineQuery['timeline']
export type Bar = Timeline['runs'][number]
export type Step = CriticalPathQuery['criticalPath']['steps'][number]
export type OneRun = NonNullable<RunPageQuery['run']>
