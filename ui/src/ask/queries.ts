import { gql, type TypedDocumentNode } from 'urql'
import type { SchemaTypeQuery, SchemaTypeQueryVariables, SchemaTypesQuery, SchemaTypesQueryVariables } from '../gen/graphql'

const shape = `kind name ofType { kind name ofType { kind name ofType { kind name } } }`

export const TYPES = gql`query SchemaTypes { __schema { types { name kind description fields { name description } inputFields { name description } enumValues { name description } } } }` as TypedDocumentNode<SchemaTypesQuery, SchemaTypesQueryVariables>
export const TYPE = gql`query SchemaType($name: String!) {
  __type(name: $name) {
    name kind description
    fields { name description args { name description defaultValue type { ${shape} } } type { ${shape} } }
    inputFields { name description defaultValue type { ${shape} } }
    enumValues { name description } possibleTypes { name }
  }
}` as TypedDocumentNode<SchemaTypeQuery, SchemaTypeQueryVariables>

export type Shown = NonNullable<SchemaTypeQuery['__type']>
