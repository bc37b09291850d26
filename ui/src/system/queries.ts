import { gql, type TypedDocumentNode } from 'urql'
import type {
  ConfigurationQuery, ConfigurationQueryVariables, DoctorQuery, DoctorQueryVariables,
  DropLettersMutation, DropLettersMutationVariables, LetterQuery, LetterQueryVariables, LettersQuery, LettersQueryVariables, MergeNamesMutation, MergeNamesMutationVariables, NamesQuery, NamesQueryVariables, PartsQuery, PartsQueryVariables,
  ReplayLettersMutation, ReplayLettersMutationVariables, SwitchedQuery, SwitchedQueryVariables, SystemQuery, SystemQueryVariables,
} from '../gen/graphql'

export const SYSTEM = gql`query System {
  system {
    version ready degraded position projectorLag graphBackend killSwitch startedAt quarantined
    intake { perMinute lastAt lag } stores { name kind position behind error } switches { id scope name actor reason at }
  }
  tools { id kind instance reachable heartbeatAt version error clockOffset capabilities { name available note } }
}` as TypedDocumentNode<SystemQuery, SystemQueryVariables>

export const SWITCHED = gql`query Switched { switched(first: 50) { nodes { id on scope name actor reason at } pageInfo { hasNextPage } } }` as TypedDocumentNode<SwitchedQuery, SwitchedQueryVariables>

export const PARTS = gql`query Parts {
  tools { instance } policies(first: 200) { nodes { name } } assetCounts { by { property values { value } } }
}` as TypedDocumentNode<PartsQuery, PartsQueryVariables>

export const LETTERS = gql`query Letters($first: Int!, $after: String) {
  quarantine(first: $first, after: $after) { nodes { position receivedAt code where message version producer job { namespace name } bytes } pageInfo { hasNextPage endCursor } }
}` as TypedDocumentNode<LettersQuery, LettersQueryVariables>

export const LETTER = gql`query Letter($position: Position!) { quarantine(position: $position, first: 1) { nodes { position code where message version producer body(maxBytes: 65536) } } }` as TypedDocumentNode<LetterQuery, LetterQueryVariables>

export const NAMES = gql`query Names {
  conflicts(first: 50) { nodes { name { namespace name } claimants { namespace name } } totalCount }
  suggestions(first: 50) { nodes { reason type names { namespace name } total } totalCount }
}` as TypedDocumentNode<NamesQuery, NamesQueryVariables>

export const CONFIGURATION = gql`query Configuration { configuration { key value origin where } }` as TypedDocumentNode<ConfigurationQuery, ConfigurationQueryVariables>

export const DOCTOR = gql`query Doctor { doctor { at findings { what state says fix } } }` as TypedDocumentNode<DoctorQuery, DoctorQueryVariables>

export const REPLAY = gql`mutation ReplayLetters($input: ReplayQuarantinedInput!) { replayQuarantined(input: $input) { position } }` as TypedDocumentNode<ReplayLettersMutation, ReplayLettersMutationVariables>
export const DROP = gql`mutation DropLetters($input: DropQuarantinedInput!) { dropQuarantined(input: $input) { position } }` as TypedDocumentNode<DropLettersMutation, DropLettersMutationVariables>
export const MERGE = gql`mutation MergeNames($input: MergeAssetsInput!) { mergeAssets(input: $input) { statement { id says } position } }` as TypedDocumentNode<MergeNamesMutation, MergeNamesMutationVariables>

export type Tool = SystemQuery['tools'][number]
export type Sys = SystemQuery['system']
export type Letter = LettersQuery['quarantine']['nodes'][number]
export type Setting = ConfigurationQuery['configuration'][number]
export type Finding = DoctorQuery['doctor']['findings'][number]
