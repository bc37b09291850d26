import { gql, type TypedDocumentNode } from 'urql'
import type { PreviewQuery, PreviewQueryVariables } from '../gen/graphql'

export const PREVIEW = gql`query Preview($of: PreviewInput!) {
  preview(of: $of) {
    says refused { message hint } decision { outcome } action { kind toolJob connector params validUntil } kept { id }
    touches { action { id kind state toolJob targetName { namespace name } } becomes says } touched waits catchup { policy runs says } covers identity { hidden now { names { namespace name } nameCount holds { edges versions runs policies complete } } then { names { namespace name } nameCount holds { edges versions runs policies complete } } } position
  }
}` as TypedDocumentNode<PreviewQuery, PreviewQueryVariables>

export type Of = PreviewQueryVariables['of']
export type Foreseen = PreviewQuery['preview']
