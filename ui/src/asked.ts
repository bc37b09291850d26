// What a page asked, as a text to take along: its question with the variables
// written in, and the command that asks it. Pure.
import { print } from '@0no-co/graphql.web'
import type { AnyVariables, TypedDocumentNode } from 'urql'
import { quoted } from './forms'
import { shapes } from './gen/graphql'

export type Asked = { query: TypedDocumentNode<unknown, never>; variables: Record<string, unknown> }
type Node = { kind: string; [part: string]: unknown }

/** asked is a question as the page sends it. */
export const asked = <D, V extends AnyVariables>(query: TypedDocumentNode<D, V>, variables: V): Asked => ({ query: query as never, variables: variables as Record<string, unknown> })

/** literal is a value of a type; what is not given in an input is left out. */
function literal(v: unknown, type: string | undefined): Node {
  const shape = type === undefined ? undefined : shapes[type]
  if (v === null || v === undefined) return { kind: 'NullValue' }
  if (Array.isArray(v)) return { kind: 'ListValue', values: v.map((x) => literal(x, type)) }
  if (typeof v === 'object') return { kind: 'ObjectValue', fields: Object.entries(v).filter(([, x]) => x !== null && x !== undefined).map(([k, x]) => ({ kind: 'ObjectField', name: { kind: 'Name', value: k }, value: literal(x, shape?.[k]) })) }
  if (typeof v === 'boolean') return { kind: 'BooleanValue', value: v }
  if (typeof v === 'number') return { kind: Number.isInteger(v) ? 'IntValue' : 'FloatValue', value: String(v) }
  return { kind: shape === null ? 'EnumValue' : 'StringValue', value: String(v) }
}

/** named is the name of a type, whatever lists and ! are around it. */
const named = (type: Node): string => (type.kind === 'NamedType' ? nameOf(type) : named(type.type as Node))
const nameOf = (x: Node) => (x.name as { value: string }).value

/** filled has values in place of variables; an argument without one is left out, as the server takes it. */
function filled(node: unknown, values: Record<string, unknown>, types: Record<string, string>): unknown {
  if (Array.isArray(node)) {
    const missing = (x: Node) => (x.kind === 'Argument' || x.kind === 'ObjectField') && (x.value as Node).kind === 'Variable' && (values[nameOf(x.value as Node)] ?? null) === null
    return node.filter((x) => !missing(x)).map((x) => filled(x, values, types))
  }
  if (node === null || typeof node !== 'object') return node
  const it = node as Node
  if (it.kind === 'Variable') return literal(values[nameOf(it)], types[nameOf(it)])
  return Object.fromEntries(Object.entries(it).filter(([part]) => part !== 'loc').map(([part, x]) => [part, filled(x, values, types)]))
}

/** questionOf is what was asked, without variables: it can be pasted anywhere. */
export function questionOf({ query, variables }: Asked): string {
  const definitions = (query.definitions as unknown as Node[]).map((d) => {
    const declared = (d.variableDefinitions ?? []) as { variable: Node; type: Node }[]
    const types = Object.fromEntries(declared.map((v) => [nameOf(v.variable), named(v.type)]))
    return filled({ ...d, variableDefinitions: [] }, variables, types)
  })
  return print({ kind: 'Document', definitions } as never)
}

/** queryCommand asks a question by command, on the command's own input. */
export function queryCommand(question: string, variables: Record<string, unknown> = {}): string {
  const lines = new Set(question.split(/\r?\n/))
  let end = 'GRAPHQL'
  while (lines.has(end)) end += '_'
  const given = Object.entries(variables).map(([name, v]) => ` --var ${quoted(`${name}=${JSON.stringify(v)}`)}`)
  return `weir query -${given.join('')} <<'${end}'\n${question.trimEnd()}\n${end}`
}
