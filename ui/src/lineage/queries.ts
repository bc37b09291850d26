import { gql, type TypedDocumentNode } from 'urql'
import type {
  LateOnesQuery, LateOnesQueryVariables, LineageSceneQuery, LineageSceneQueryVariables, SceneMarksQuery, SceneMarksQueryVariables,
  SceneNeighboursQuery, SceneNeighboursQueryVariables, ScenePictureQuery, ScenePictureQueryVariables, StartsQuery, StartsQueryVariables,
  DecidedQuery, DecidedQueryVariables,
} from '../gen/graphql'

const brief = `key id type name { namespace name } freshness { state says } lastRun { state startedAt }`
const asked = `$focus: [ID!]!, $band: Band!, $up: Int!, $down: Int!, $limit: Int!, $asOf: Time, $fold: Boolean!, $filter: LineageFilter, $expand: [SceneExpansionInput!], $show: [ID!], $to: ID, $ways: Int!, $column: String`
const given = `focus: $focus, band: $band, up: $up, down: $down, limit: $limit, asOf: $asOf, fold: $fold, filter: $filter, expand: $expand, show: $show, to: $to, ways: $ways, column: $column`

export const SCENE = gql`query LineageScene(${asked}) {
  lineageScene(${given}) {
    drawables {
      ${brief} focus distance rank row span hiddenUpstream hiddenDownstream selfLoop columns { name related } hiddenColumns ways
      bundle { side count states { state count } }
      asset { __typename owners { name } ... on Dataset { kind } ... on Job { integration } }
    }
    edges { source target sourceColumn targetColumn type origin policy validFrom through back lane transformation { type subtype } }
    ways { assets } complete cut deniedByRole asOf position marks
  }
}` as TypedDocumentNode<LineageSceneQuery, LineageSceneQueryVariables>

export const PICTURE = gql`query ScenePicture(${asked}, $form: PictureForm!) {
  lineageScene(${given}) { picture(form: $form) }
}` as TypedDocumentNode<ScenePictureQuery, ScenePictureQueryVariables>

export const MARKS = gql`query SceneMarks($focus: [ID!]!, $band: Band!, $up: Int!, $down: Int!, $limit: Int!) {
  lineageScene(focus: $focus, band: $band, up: $up, down: $down, limit: $limit) { marks }
}` as TypedDocumentNode<SceneMarksQuery, SceneMarksQueryVariables>

export const NEIGHBOURS = gql`query SceneNeighbours($of: ID!, $side: Direction!, $band: Band!, $asOf: Time, $fold: Boolean!, $filter: LineageFilter, $search: String, $first: Int!, $after: String) {
  sceneNeighbours(of: $of, side: $side, band: $band, asOf: $asOf, fold: $fold, filter: $filter, search: $search, first: $first, after: $after) {
    nodes { ${brief} } pageInfo { hasNextPage endCursor } totalCount complete
  }
}` as TypedDocumentNode<SceneNeighboursQuery, SceneNeighboursQueryVariables>

export const DECIDED = gql`query Decided($id: ID!) { node(id: $id) { ... on Decision { at } ... on Action { createdAt } } }` as TypedDocumentNode<DecidedQuery, DecidedQueryVariables>

export const STARTS = gql`query Starts($q: String!) {
  assets(search: $q, first: 12) { nodes { __typename id name { namespace name } } }
}` as TypedDocumentNode<StartsQuery, StartsQueryVariables>

export const LATE = gql`query LateOnes { late(first: 8) { nodes { __typename id name { namespace name } } } }` as TypedDocumentNode<LateOnesQuery, LateOnesQueryVariables>

export type Scene = LineageSceneQuery['lineageScene']
export type Drawable = Scene['drawables'][number]
export type SceneEdge = Scene['edges'][number]
export type Neighbour = SceneNeighboursQuery['sceneNeighbours']['nodes'][number]
