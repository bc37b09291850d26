import { gql, type TypedDocumentNode } from 'urql'
import type {
  ApplyPoliciesMutation, ApplyPoliciesMutationVariables, PlanPoliciesMutation, PlanPoliciesMutationVariables, PoliciesQuery, PoliciesQueryVariables, PolicyFilesQuery, PolicyFilesQueryVariables,
  PolicyStandsQuery, PolicyStandsQueryVariables, PolicyVersionsQuery, PolicyVersionsQueryVariables, RollbackPoliciesMutation, RollbackPoliciesMutationVariables,
} from '../gen/graphql'

const budget = `budget { allowed spent left objective breaches to }`
const outlook = `mode connector toolJob unresolved outcome says ticks moreTicks deadline runs basis`

export const POLICIES = gql`query Policies($after: String) {
  policies(first: 200, after: $after) {
    nodes { id name mode owner source yaml standing { counts { state count } worst { id name { namespace name } freshness { state says } ${budget} } } }
    totalCount pageInfo { hasNextPage endCursor }
  }
}` as TypedDocumentNode<PoliciesQuery, PoliciesQueryVariables>

export const STANDS = gql`query PolicyStands($policy: String!) {
  sla(filter: { policy: $policy }, first: 200) { nodes { id name { namespace name } freshness { state says deadline expectedAt } ${budget} } totalCount }
}` as TypedDocumentNode<PolicyStandsQuery, PolicyStandsQueryVariables>

export const FILES = gql`query PolicyFiles { policySource { source editable complete files { path text } } }` as TypedDocumentNode<PolicyFilesQuery, PolicyFilesQueryVariables>

export const VERSIONS = gql`query PolicyVersions {
  policyVersions(first: 50) { nodes { version at actor reason plan rollbackTo files { path text } } pageInfo { hasNextPage } }
}` as TypedDocumentNode<PolicyVersionsQuery, PolicyVersionsQueryVariables>

export const PLAN = gql`mutation PlanPolicies($input: PlanPoliciesInput!) {
  planPolicies(input: $input) {
    hash base source empty unchanged cut from until position
    changes { of policy kind source fields { key before after } }
    effects { policy asset name { namespace name } before { ${outlook} } after { ${outlook} } }
    warnings { file line column code what hint }
  }
}` as TypedDocumentNode<PlanPoliciesMutation, PlanPoliciesMutationVariables>

export const APPLY = gql`mutation ApplyPolicies($input: ApplyPoliciesInput!) { applyPolicies(input: $input) { version { version } position } }` as TypedDocumentNode<ApplyPoliciesMutation, ApplyPoliciesMutationVariables>
export const ROLLBACK = gql`mutation RollbackPolicies($input: RollbackPoliciesInput!) { rollbackPolicies(input: $input) { version { version } position } }` as TypedDocumentNode<RollbackPoliciesMutation, RollbackPoliciesMutationVariables>

export type Policy = PoliciesQuery['policies']['nodes'][number]
export type Stand = PolicyStandsQuery['sla']['nodes'][number]
export type Plan = PlanPoliciesMutation['planPolicies']
export type Effect = Plan['effects'][number]
export type Outlook = NonNullable<Effect['before']>
export type Version = PolicyVersionsQuery['policyVersions']['nodes'][number]
export type File = { path: string; text: string }
export type Fault = Plan['warnings'][number]
