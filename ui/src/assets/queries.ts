import { gql, type TypedDocumentNode } from 'urql'
import type { AssetCountsQuery, AssetCountsQueryVariables, AssetsQuery, AssetsQueryVariables } from '../gen/graphql'

export const ASSETS = gql`query Assets($q: String, $filter: AssetFilter, $order: AssetOrder, $first: Int!, $after: String) {
  assets(search: $q, filter: $filter, orderBy: $order, first: $first, after: $after) {
    edges { matches { place text } node {
      __typename id name { namespace name } owners { name } tags { key }
      ... on Dataset { kind freshness { state } }
      ... on Job { integration freshness { state } latestRun { state } }
    } }
    pageInfo { hasNextPage endCursor }
  }
}` as TypedDocumentNode<AssetsQuery, AssetsQueryVariables>

export const COUNTS = gql`query AssetCounts($q: String, $filter: AssetFilter) {
  assetCounts(search: $q, filter: $filter) { total deniedByRole by { property values { value count } more } }
}` as TypedDocumentNode<AssetCountsQuery, AssetCountsQueryVariables>

export type Found = AssetsQuery['assets']['edges'][number]
export type Breakdown = AssetCountsQuery['assetCounts']['by'][number]
