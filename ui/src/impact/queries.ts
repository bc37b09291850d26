import { gql, type TypedDocumentNode } from 'urql'
import type { ImpactColumnsQuery, ImpactColumnsQueryVariables, ImpactFindQuery, ImpactFindQueryVariables, ImpactMeantQuery, ImpactMeantQueryVariables, ImpactNamedQuery, ImpactNamedQueryVariables, ImpactQuery, ImpactQueryVariables, ImpactTableQuery, ImpactTableQueryVariables } from '../gen/graphql'

const place = `__typename id name { namespace name } owners { name } ... on Dataset { kind }`

export const FIND = gql`query ImpactFind($q: String!, $type: AssetType) { assets(search: $q, filter: { type: $type }, first: 20) { nodes { __typename id name { namespace name } } } }` as TypedDocumentNode<ImpactFindQuery, ImpactFindQueryVariables>
export const COLUMNS = gql`query ImpactColumns($namespace: String!, $name: String!, $search: String) { dataset(namespace: $namespace, name: $name) { id fields(search: $search, first: 50) { nodes { name type } } } }` as TypedDocumentNode<ImpactColumnsQuery, ImpactColumnsQueryVariables>
// Which assets pasted changes mean.
export const NAMED = gql`query ImpactNamed($namespace: String!, $name: String!) { dataset(namespace: $namespace, name: $name) { __typename id name { namespace name } } job(namespace: $namespace, name: $name) { __typename id name { namespace name } } }` as TypedDocumentNode<ImpactNamedQuery, ImpactNamedQueryVariables>
export const MEANT = gql`query ImpactMeant($q: String!) { assets(search: $q, first: 50) { nodes { __typename id name { namespace name } } } }` as TypedDocumentNode<ImpactMeantQuery, ImpactMeantQueryVariables>
export const TABLE = gql`query ImpactTable($q: String!) { assets(search: $q, filter: { type: DATASET }, first: 200) { pageInfo { hasNextPage } nodes { __typename id name { namespace name } ... on Dataset { names { namespace name } } } } }` as TypedDocumentNode<ImpactTableQuery, ImpactTableQueryVariables>
export const IMPACT = gql`query Impact($changes: [ChangeInput!]!, $asOf: Time) {
  impact(changes: $changes, asOf: $asOf) {
    counts { severity count } complete cut deniedByRole
    affected { severity confidence unlitBy used lastUsedAt reason distance fields deadlines { change policy owner met deadline lateBy says } asset { ${place} } path { field asset { __typename id name { namespace name } } } }
    owners { name } policies { id name mode owner }
    nextRuns { id state expectedAt toolJob connector says targetName { namespace name } }
  }
}` as TypedDocumentNode<ImpactQuery, ImpactQueryVariables>

export type Impact = ImpactQuery['impact']
export type Affected = Impact['affected'][number]
