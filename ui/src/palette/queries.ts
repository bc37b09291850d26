import { gql, type TypedDocumentNode } from 'urql'
import type { PaletteQuery, PaletteQueryVariables } from '../gen/graphql'

export const PALETTE = gql`query Palette($q: String!) {
  assets(search: $q, first: 8) { nodes { __typename id name { namespace name } ... on Job { latestRun { id runId state startedAt lastEventAt } } } }
}` as TypedDocumentNode<PaletteQuery, PaletteQueryVariables>
