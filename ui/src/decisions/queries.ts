import { gql, type TypedDocumentNode } from 'urql'
import type {
  AnswerMutation, AnswerMutationVariables, CancelActionMutation, CancelActionMutationVariables, KillSwitchMutation, KillSwitchMutationVariables, LedgerActionsQuery, LedgerActionsQueryVariables,
  LedgerDecisionsQuery, LedgerDecisionsQueryVariables, LedgerOthersQuery, LedgerOthersQueryVariables, LedgerFrameQuery, LedgerFrameQueryVariables, LedgerNodeQuery, LedgerNodeQueryVariables, PauseJobMutation, PauseJobMutationVariables,
  RejectMutation, RejectMutationVariables, RequestRunMutation, RequestRunMutationVariables, ResolveActionMutation, ResolveActionMutationVariables, RerunActionMutation, RerunActionMutationVariables, ResumeJobMutation, ResumeJobMutationVariables,
} from '../gen/graphql'

const place = `__typename id name { namespace name } ... on Dataset { kind }`
const row = `id at policyName mode targetName { namespace name } target { ${place} } outcome gate action { id state kind } reasons { depth atom value says mayChangeAt }`
const doing = `id kind state targetName { namespace name } target { ${place} } connector toolJob says policies externalId url createdAt validUntil askedBy reason cause { id } admission { hops approval { until } }`

// What one page asks more than a list.
const pause = `jobPause { paused says }`

export const LEDGER = gql`query LedgerDecisions($target: ID, $policy: String, $since: Time, $until: Time, $outcomes: [DecisionOutcome!], $modes: [Mode!], $first: Int!, $after: String) {
  decisions(target: $target, policy: $policy, since: $since, until: $until, outcomes: $outcomes, modes: $modes, first: $first, after: $after) { nodes { ${row} } pageInfo { hasNextPage endCursor } }
}` as TypedDocumentNode<LedgerDecisionsQuery, LedgerDecisionsQueryVariables>

export const ACTIONS = gql`query LedgerActions($filter: ActionFilter, $first: Int!, $after: String) {
  actions(filter: $filter, first: $first, after: $after) { nodes { ${doing} } pageInfo { hasNextPage endCursor } }
}` as TypedDocumentNode<LedgerActionsQuery, LedgerActionsQueryVariables>

export const FRAME = gql`query LedgerFrame {
  system { killSwitch switches { scope name actor reason at } }
  policies(first: 200) { nodes { name } totalCount }
}` as TypedDocumentNode<LedgerFrameQuery, LedgerFrameQueryVariables>

export const NODE = gql`query LedgerNode($id: ID!) {
  node(id: $id) {
    __typename
    ... on Decision {
      id at policyName mode targetName { namespace name } target { ${place} } outcome gate position policy { source owner }
      reasons { depth atom value says mayChangeAt evidence }
      evidence { id says node { __typename id ... on Version { dataset { id } run { id } } } }
      action { ${doing} ${pause} }
    }
    ... on Action {
      ${doing} ${pause} key nominalTime requestKey expectedAt
      pins { input name { namespace name } producedAt }
      admission { change hops pool slots class sentAt failure approval { why until by at reason } }
      transitions { from to at actor cause evidence }
      run { id runId state startedAt endedAt error }
      of { id toolJob } parent { id toolJob } progress { planned made open succeeded failed }
      cause {
        id at outcome mode policyName position policy { source owner }
        reasons { depth atom value says mayChangeAt evidence }
        evidence { id says node { __typename id ... on Version { dataset { id } run { id } } } }
      }
    }
  }
}` as TypedDocumentNode<LedgerNodeQuery, LedgerNodeQueryVariables>

/** OTHERS are the last that was decided on an asset. */
export const OTHERS = gql`query LedgerOthers($target: ID!, $first: Int!) {
  decisions(target: $target, first: $first) { nodes { id at policyName mode outcome gate } }
}` as TypedDocumentNode<LedgerOthersQuery, LedgerOthersQueryVariables>

export const APPROVE = gql`mutation Answer($input: AnswerActionInput!) { approveAction(input: $input) { action { id } answered position } }` as TypedDocumentNode<AnswerMutation, AnswerMutationVariables>
export const REJECT = gql`mutation Reject($input: AnswerActionInput!) { rejectAction(input: $input) { action { id } answered position } }` as TypedDocumentNode<RejectMutation, RejectMutationVariables>
export const CANCEL = gql`mutation CancelAction($input: CancelActionInput!) { cancelAction(input: $input) { action { id says } position } }` as TypedDocumentNode<CancelActionMutation, CancelActionMutationVariables>
export const RERUN = gql`mutation RerunAction($input: RerunInput!) { rerun(input: $input) { action { id says } position } }` as TypedDocumentNode<RerunActionMutation, RerunActionMutationVariables>
export const REQUEST = gql`mutation RequestRun($input: RequestRunInput!) { requestRun(input: $input) { action { id says } position } }` as TypedDocumentNode<RequestRunMutation, RequestRunMutationVariables>
export const PAUSE = gql`mutation PauseJob($input: JobOrderInput!) { pauseJob(input: $input) { action { id says } position } }` as TypedDocumentNode<PauseJobMutation, PauseJobMutationVariables>
export const RESUME = gql`mutation ResumeJob($input: JobOrderInput!) { resumeJob(input: $input) { action { id says } position } }` as TypedDocumentNode<ResumeJobMutation, ResumeJobMutationVariables>
export const RESOLVE = gql`mutation ResolveAction($input: ResolveActionInput!) { resolveAction(input: $input) { action { id says } position } }` as TypedDocumentNode<ResolveActionMutation, ResolveActionMutationVariables>
export const SWITCH = gql`mutation KillSwitch($input: SetKillSwitchInput!) { setKillSwitch(input: $input) { id on covers position } }` as TypedDocumentNode<KillSwitchMutation, KillSwitchMutationVariables>

export type Row = LedgerDecisionsQuery['decisions']['nodes'][number]
export type Doing = LedgerActionsQuery['actions']['nodes'][number]
type Found = NonNullable<LedgerNodeQuery['node']>
/** OneDoing is an action of a page of its own: its pause is known. */
export type OneDoing = NonNullable<OneDecision['action']>
export type OneDecision = Extract<Found, { __typename: 'Decision' }>
export type OneAction = Extract<Found, { __typename: 'Action' }>
export type Cause = NonNullable<OneAction['cause']>
