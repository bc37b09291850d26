// What is asked about one asset, and what people may change of it.
import { gql, type TypedDocumentNode } from 'urql'
import { action, asset, brief, decision } from '../api'
import type {
  BackfillMutation, BackfillMutationVariables, AddAliasMutation, AddAliasMutationVariables, AddOwnerMutation, AddOwnerMutationVariables, AddTagMutation, AddTagMutationVariables, AssetBesideQuery, AssetBesideQueryVariables, AssetHeldQuery, AssetHeldQueryVariables, AssetNamesQuery, AssetNamesQueryVariables,
  AssetPoliciesQuery, AssetPoliciesQueryVariables, AssetQuery, AssetQueryVariables, AssetRawQuery, AssetRawQueryVariables, AssetRunsQuery, AssetRunsQueryVariables, ColumnLineageQuery, ColumnLineageQueryVariables,
  DescribeMutation, DescribeMutationVariables, HoldMutation, HoldMutationVariables, MergeMutation, MergeMutationVariables, PauseMutation, PauseMutationVariables,
  ReleaseMutation, ReleaseMutationVariables, RemoveAliasMutation, RemoveAliasMutationVariables, RemoveOwnerMutation, RemoveOwnerMutationVariables, RemoveTagMutation, RemoveTagMutationVariables, AskRunMutation, AskRunMutationVariables,
  ResumeMutation, ResumeMutationVariables, SkipMutation, SkipMutationVariables, SplitMutation, SplitMutationVariables, UndoMutation, UndoMutationVariables, WhyQuery, WhyQueryVariables,
} from '../gen/graphql'

export const ASSET = gql`query Asset($id: ID!) {
  node(id: $id) {
    __typename
    ... on Asset {
      ${asset} description descriptionCurated { by since } owners { type curated { by since } } tags { key value curated { by since } }
      firstSeen lastSeen removedAt declared { by since } url
    }
    ... on Dataset {
      kind freshness { state watermark deadline lateBy says expectedAt policy { name owner } because { ${brief} } }
      fields(first: 1) { totalCount }
      versions(first: 8) { nodes { id producedAt tainted partition rowCount run { id runId job { ${brief} } } } pageInfo { hasNextPage } }
      checks(first: 60) { nodes { name field outcome blocking message at } pageInfo { hasNextPage } }
      producers(first: 10) { nodes { ${brief} integration } totalCount pageInfo { hasNextPage } } consumers(first: 10) { nodes { ${brief} } totalCount pageInfo { hasNextPage } }
    }
    ... on Job { processing integration parent { ${brief} } latestRun { state startedAt endedAt error } sourceCode { url repoUrl path version } inputs(first: 10) { nodes { ${brief} } totalCount pageInfo { hasNextPage } } outputs(first: 10) { nodes { ${brief} } totalCount pageInfo { hasNextPage } } }
  }
}` as TypedDocumentNode<AssetQuery, AssetQueryVariables>

const page = `nodes { ${brief} } totalCount pageInfo { hasNextPage endCursor }`
/** BESIDE are the assets on one side of another, a page at a time. */
export const BESIDE = gql`query AssetBeside($id: ID!, $upstream: Boolean!, $after: String) {
  node(id: $id) {
    __typename
    ... on Dataset { producers(first: 100, after: $after) @include(if: $upstream) { ${page} } consumers(first: 100, after: $after) @skip(if: $upstream) { ${page} } }
    ... on Job { inputs(first: 100, after: $after) @include(if: $upstream) { ${page} } outputs(first: 100, after: $after) @skip(if: $upstream) { ${page} } }
  }
}` as TypedDocumentNode<AssetBesideQuery, AssetBesideQueryVariables>

/** HELD is what keeps an asset, as Today has it. */
export const HELD = gql`query AssetHeld($id: ID!) { attention(of: $id, first: 3) { nodes { id cause { asset { ${brief} } name { namespace name } owner says } } } }` as TypedDocumentNode<AssetHeldQuery, AssetHeldQueryVariables>

export const COLUMN_LINEAGE = gql`query ColumnLineage($id: ID!) {
  lineage(roots: [$id], direction: BOTH, depth: 1, maxNodes: 1000, granularity: FIELD) {
    nodes { id field asset { ${brief} } } edges { source target sourceField targetField } cut
  }
}` as TypedDocumentNode<ColumnLineageQuery, ColumnLineageQueryVariables>

const seen = `id runId state attempt startedAt endedAt error`
export const RUNS = gql`query AssetRuns($id: ID!) {
  node(id: $id) {
    __typename
    ... on Dataset { versions(first: 100) { nodes { id producedAt run { ${seen} job { ${brief} } } } pageInfo { hasNextPage } } }
    ... on Job { runs(first: 100) { nodes { ${seen} } pageInfo { hasNextPage } } durations { count p50 p90 max } }
  }
}` as TypedDocumentNode<AssetRunsQuery, AssetRunsQueryVariables>

export const POLICIES = gql`query AssetPolicies($id: ID!) {
  node(id: $id) { __typename ... on Asset { policies { id name mode owner source yaml } } }
}` as TypedDocumentNode<AssetPoliciesQuery, AssetPoliciesQueryVariables>

export const NAMES = gql`query AssetNames($id: ID!) {
  node(id: $id) { __typename ... on Asset { names { namespace name origin evidence since } statements(first: 50) { totalCount nodes { id says by at undone } } } }
}` as TypedDocumentNode<AssetNamesQuery, AssetNamesQueryVariables>

export const RAW = gql`query AssetRaw($id: ID!) {
  node(id: $id) { __typename ... on Asset { facets { key side dataset { namespace name } at bytes raw } } }
}` as TypedDocumentNode<AssetRawQuery, AssetRawQueryVariables>

export const WHY = gql`query Why($id: ID!) {
  why(id: $id) { ${decision} }
  decisions(target: $id, first: 30) { nodes { ${decision} } pageInfo { hasNextPage } }
  actions(filter: { target: $id }, first: 20) { nodes { ${action} } pageInfo { hasNextPage } }
}` as TypedDocumentNode<WhyQuery, WhyQueryVariables>

const recorded = `statement { id says } position`
export const ADD_OWNER = gql`mutation AddOwner($input: OwnerInput!) { addOwner(input: $input) { ${recorded} } }` as TypedDocumentNode<AddOwnerMutation, AddOwnerMutationVariables>
export const REMOVE_OWNER = gql`mutation RemoveOwner($input: OwnerInput!) { removeOwner(input: $input) { ${recorded} } }` as TypedDocumentNode<RemoveOwnerMutation, RemoveOwnerMutationVariables>
export const ADD_TAG = gql`mutation AddTag($input: TagInput!) { addTag(input: $input) { ${recorded} } }` as TypedDocumentNode<AddTagMutation, AddTagMutationVariables>
export const REMOVE_TAG = gql`mutation RemoveTag($input: TagInput!) { removeTag(input: $input) { ${recorded} } }` as TypedDocumentNode<RemoveTagMutation, RemoveTagMutationVariables>
export const DESCRIBE = gql`mutation Describe($input: DescribeInput!) { describe(input: $input) { ${recorded} } }` as TypedDocumentNode<DescribeMutation, DescribeMutationVariables>
export const ADD_ALIAS = gql`mutation AddAlias($input: AddAliasInput!) { addAlias(input: $input) { ${recorded} } }` as TypedDocumentNode<AddAliasMutation, AddAliasMutationVariables>
export const REMOVE_ALIAS = gql`mutation RemoveAlias($input: RemoveAliasInput!) { removeAlias(input: $input) { ${recorded} } }` as TypedDocumentNode<RemoveAliasMutation, RemoveAliasMutationVariables>
export const MERGE = gql`mutation Merge($input: MergeAssetsInput!) { mergeAssets(input: $input) { ${recorded} } }` as TypedDocumentNode<MergeMutation, MergeMutationVariables>
export const SPLIT = gql`mutation Split($input: SplitAssetInput!) { splitAsset(input: $input) { ${recorded} } }` as TypedDocumentNode<SplitMutation, SplitMutationVariables>
export const UNDO = gql`mutation Undo($input: UndoStatementInput!) { undoStatement(input: $input) { ${recorded} } }` as TypedDocumentNode<UndoMutation, UndoMutationVariables>

const asked = `action { id state says } position`
export const REQUEST_RUN = gql`mutation AskRun($input: RequestRunInput!) { requestRun(input: $input) { ${asked} } }` as TypedDocumentNode<AskRunMutation, AskRunMutationVariables>
export const BACKFILL = gql`mutation Backfill($input: BackfillInput!) { backfill(input: $input) { ${asked} } }` as TypedDocumentNode<BackfillMutation, BackfillMutationVariables>
export const HOLD = gql`mutation Hold($input: AssetOrderInput!) { hold(input: $input) { ${asked} } }` as TypedDocumentNode<HoldMutation, HoldMutationVariables>
export const RELEASE = gql`mutation Release($input: AssetOrderInput!) { release(input: $input) { ${asked} } }` as TypedDocumentNode<ReleaseMutation, ReleaseMutationVariables>
export const SKIP = gql`mutation Skip($input: AssetOrderInput!) { skip(input: $input) { ${asked} } }` as TypedDocumentNode<SkipMutation, SkipMutationVariables>
export const PAUSE = gql`mutation Pause($input: JobOrderInput!) { pauseJob(input: $input) { ${asked} } }` as TypedDocumentNode<PauseMutation, PauseMutationVariables>
export const RESUME = gql`mutation Resume($input: JobOrderInput!) { resumeJob(input: $input) { ${asked} } }` as TypedDocumentNode<ResumeMutation, ResumeMutationVariables>

type Node = NonNullable<AssetQuery['node']>
export type DatasetDetail = Extract<Node, { __typename: 'Dataset' }>
export type JobDetail = Extract<Node, { __typename: 'Job' }>
export type Detail = DatasetDetail | JobDetail
export type Check = DatasetDetail['checks']['nodes'][number]
