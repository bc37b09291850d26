import { gql, type TypedDocumentNode } from 'urql'
import type {
  ApplyPoliciesMutation, ApplyPoliciesMutationVariables, CheckPoliciesMutation, CheckPoliciesMutationVariables, PlanPoliciesMutation, PlanPoliciesMutationVariables, PoliciesQuery, PoliciesQueryVariables, PolicyFilesQuery, PolicyFilesQueryVariables,
  PolicyStandsQuery, PolicyStandsQueryVariables, PolicyVersionsQuery, PolicyVersionsQueryVariables, RollbackPoliciesMutation, RollbackPoliciesMutationVariables,
  ShadowQuery, ShadowQueryVariables, SimulatePoliciesMutation, SimulatePoliciesMutationVariables,
} from '../gen/graphql'

const budget = `budget { allowed spent left objective breaches to }`
const outlook = `mode connector toolJob unresolved outcome says ticks moreTicks deadline runs basis`

export const POLICIES = gql`query Policies($after: String) {
  policies(first: 200, after: $after) {
    nodes { id name mode trial { from to until } owner source yaml standing { counts { state count } worst { id name { namespace name } freshness { state says } ${budget} } } }
    totalCount pageInfo { hasNextPage endCursor }
  }
  system { drift }
}` as TypedDocumentNode<PoliciesQuery, PoliciesQueryVariables>

export const STANDS = gql`query PolicyStands($policy: String!, $after: String) {
  sla(filter: { policy: $policy }, first: 200, after: $after) { nodes { id name { namespace name } freshness { state says deadline expectedAt } ${budget} } totalCount pageInfo { hasNextPage endCursor } }
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

export const CHECK = gql`mutation CheckPolicies($input: PlanPoliciesInput!) { planPolicies(input: $input) { empty } }` as TypedDocumentNode<CheckPoliciesMutation, CheckPoliciesMutationVariables>

const tally = `runs failed stale deadlines missed minutesLate minutesHeld busy`
export const SIMULATE = gql`mutation SimulatePolicies($input: PlanPoliciesInput!) {
  planPolicies(input: $input) { empty simulation { from to reached complete cut same policies { policy owner note before { ${tally} } after { ${tally} } } } }
}` as TypedDocumentNode<SimulatePoliciesMutation, SimulatePoliciesMutationVariables>

export const SHADOW = gql`query Shadow($policy: String!, $first: Int!) {
  shadowReport(policy: $policy, first: $first) { from to cut policies { name mode agreed wouldRun wouldHold saved moreCases partial note cases { kind at decision run name { namespace name } } } }
}` as TypedDocumentNode<ShadowQuery, ShadowQueryVariables>

export const APPLY = gql`mutation ApplyPolicies($input: ApplyPoliciesInput!) { applyPolicies(input: $input) { version { version plan } position } }` as TypedDocumentNode<ApplyPoliciesMutation, ApplyPoliciesMutationVariables>
export const ROLLBACK = gql`mutation RollbackPolicies($input: RollbackPoliciesInput!) { rollbackPolicies(input: $input) { version { version plan } position } }` as TypedDocumentNode<RollbackPoliciesMutation, RollbackPoliciesMutationVariables>

export type Policy = PoliciesQuery['policies']['nodes'][number]
export type Stand = PolicyStandsQuery['sla']['nodes'][number]
export type Plan = PlanPoliciesMutation['planPolicies']
export type Effect = Plan['effects'][number]
export type Outlook = NonNullable<Effect['before']>
export type Version = PolicyVersionsQuery['policyVersions']['nodes'][number]
export type Simulation = SimulatePoliciesMutation['planPolicies']['simulation']
export type Simulated = Simulation['policies'][number]
export type Tally = NonNullable<Simulated['before']>
export type ShadowCase = ShadowQuery['shadowReport']['policies'][number]['cases'][number]
export type File = { path: string; text: string }
export type Fault = Plan['warnings'][number]
