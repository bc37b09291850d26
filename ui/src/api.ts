// The client, and the parts of questions that several pages use. A page's own
// questions are in its folder's queries.ts. scripts/codegen.mjs reads all these
// texts and writes src/gen/graphql.ts from the server's schema.
import { Client, fetchExchange, gql, type TypedDocumentNode } from 'urql'
import { place } from './base'
import { readSession } from './session'
import type {
  ActivityQuery, ActivityQueryVariables,
} from './gen/graphql'

/** asking reads again who asks once weir refuses: a key ended, or its roles changed. */
const asking: typeof fetch = async (...request) => {
  const r = await fetch(...request)
  if (r.status === 401 || r.status === 403) void readSession()
  return r
}

export const client = new Client({ url: place('graphql'), fetch: asking, exchanges: [fetchExchange], requestPolicy: 'network-only', preferGetMethod: false })

export const asset = `__typename id name { namespace name } owners { name } ... on Dataset { kind }`
export const brief = `__typename id name { namespace name }`
export const action = `id kind state targetName { namespace name } target { ${asset} } connector toolJob says policies externalId url createdAt transitions { from to at cause }`
export const decision = `id at policyName mode targetName { namespace name } target { ${asset} } outcome gate action { id } reasons { depth atom value says mayChangeAt }`
export const freshness = `state watermark deadline lateBy says policy { name owner } because { ${brief} }`

export const ACTIVITY = gql`query Activity {
  actions(first: 100) { nodes { ${action} } }
  decisions(first: 100) { nodes { ${decision} } }
}` as TypedDocumentNode<ActivityQuery, ActivityQueryVariables>

export type Action = ActivityQuery['actions']['nodes'][number]
export type Decision = ActivityQuery['decisions']['nodes'][number]
export type Flat = Decision['reasons'][number]
export type Name = Decision['targetName']
export type Asset = { __typename: 'Dataset' | 'Job'; id: string; name: Name }
