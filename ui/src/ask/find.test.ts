import { expect, test } from 'vitest'
import { find, type Kept } from './find'

const of = (name: string, ...fields: string[]): Kept => ({ name, description: null, fields: fields.map((f) => ({ name: f, description: null })), inputFields: null, enumValues: null })
const types = [of('Query', 'runs', 'lastRun'), of('Run', 'id', 'state'), { ...of('RunState'), enumValues: [{ name: 'RUNNING', description: 'It runs.' }] }, of('__Run', 'run')]
const said = (words: string) => find(types, words).map((h) => (h.field ? `${h.type}.${h.field}` : h.type))

test('types, fields and values are found by name, what begins with the word first', () => {
  expect(said('run')).toEqual(['Run', 'RunState', 'Query.runs', 'RunState.RUNNING', 'Query.lastRun'])
  expect(said('STATE')).toEqual(['RunState', 'Run.state'])
  expect(said('run.st')).toEqual(['Run.state'])
  expect(said(' ')).toEqual([])
})
