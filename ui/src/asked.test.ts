import { buildSchema, getNamedType, isEnumType, isInputObjectType, isListType, isNonNullType, parse, validate, type DocumentNode, type GraphQLInputType, type GraphQLNamedInputType } from 'graphql'
import { gql } from 'urql'
import { expect, test } from 'vitest'
import text from '../../schema.graphql?raw'
import { asked, queryCommand, questionOf } from './asked'

const schema = buildSchema(text)
const odd = 'it\'s "so" \\ $x\n{é\u2028}'

/** sample is a value that a type takes, with all that an input may have, to a depth. */
function sample(type: GraphQLInputType, depth = 0): unknown {
  if (isNonNullType(type)) return sample(type.ofType, depth)
  if (isListType(type)) return [sample(type.ofType, depth)]
  const named: GraphQLNamedInputType = getNamedType(type)
  if (isEnumType(named)) return named.getValues().at(-1)!.name
  if (isInputObjectType(named)) return Object.fromEntries(Object.values(named.getFields()).filter((f) => depth < 2 || isNonNullType(f.type)).map((f) => [f.name, sample(f.type, depth + 1)]))
  if (named.name === 'Int') return 3
  if (named.name === 'Float') return 0.5
  if (named.name === 'Boolean') return true
  return odd
}

const modules = import.meta.glob<Record<string, unknown>>(['./**/queries.ts', './api.ts'], { eager: true })
const documents = Object.entries(modules).flatMap(([file, all]) => Object.entries(all).flatMap(([name, d]) => (typeof d === 'object' && d !== null && 'definitions' in d ? [[`${file}: ${name}`, d as unknown as DocumentNode] as const] : [])))
const typeOf = (written: unknown): GraphQLInputType => {
  const t = written as { kind: string; type: unknown; name: { value: string } }
  return t.kind === 'NamedType' ? (schema.getType(t.name.value) as GraphQLInputType) : typeOf(t.type)
}
const listed = (written: unknown): boolean => {
  const t = written as { kind: string; type: unknown }
  return t.kind === 'ListType' || (t.kind === 'NonNullType' && listed(t.type))
}

const questions = documents.flatMap(([name, d]) => d.definitions.flatMap((o) => (o.kind === 'OperationDefinition' && o.operation === 'query' ? [[name, d, o] as const] : [])))

test('all questions of the pages are looked at', () => expect(questions.length).toBeGreaterThan(40))

test.each(questions)('%s is valid with its variables written in', (_, document, operation) => {
  const declared = operation.variableDefinitions ?? []
  const value = (type: unknown) => (listed(type) ? [sample(typeOf(type))] : sample(typeOf(type)))
  const full = Object.fromEntries(declared.map((v) => [v.variable.name.value, value(v.type)]))
  const least = Object.fromEntries(declared.filter((v) => v.type.kind === 'NonNullType').map((v) => [v.variable.name.value, value(v.type)]))
  for (const variables of [full, least]) {
    const question = questionOf(asked(document as never, variables as never))
    expect(question).not.toMatch(/\$(?!x)/)
    expect(validate(schema, parse(question)).map((e) => `${e.message} in ${question}`)).toEqual([])
  }
})

test('what is not given is left out, an enum is no text, and a text stays what it is', () => {
  const query = gql`query Q($filter: ActionFilter, $first: Int!, $after: String) { actions(filter: $filter, first: $first, after: $after) { nodes { id } } }`
  const question = questionOf(asked(query as never, { filter: { states: ['FAILED'], target: 'a "b"', open: null }, first: 5 } as never))
  expect(question.replace(/\s+/g, ' ')).toBe('query Q { actions(filter: {states: [FAILED], target: "a \\"b\\""}, first: 5) { nodes { id } } }')
})

test('a question is asked by command as it is', () => {
  expect(queryCommand('{ system { version } }\n')).toBe("weir query - <<'GRAPHQL'\n{ system { version } }\nGRAPHQL")
  expect(queryCommand('{ a }\nGRAPHQL', { n: 3, s: "it's" })).toBe("weir query - --var 'n=3' --var 's=\"it'\\''s\"' <<'GRAPHQL_'\n{ a }\nGRAPHQL\nGRAPHQL_")
})
