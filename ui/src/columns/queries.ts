import { gql, type TypedDocumentNode } from 'urql'
import type { ColumnsQuery, ColumnsQueryVariables } from '../gen/graphql'

export const COLUMNS = gql`query Columns($id: ID!, $search: String, $after: String) {
  node(id: $id) { __typename ... on Dataset { fields(search: $search, first: 200, after: $after) { nodes { name type description ordinal parent tags { key value } } totalCount pageInfo { hasNextPage endCursor } } } }
}` as TypedDocumentNode<ColumnsQuery, ColumnsQueryVariables>

export type Field = Extract<NonNullable<ColumnsQuery['node']>, { __typename: 'Dataset' }>['fields']['nodes'][number]
