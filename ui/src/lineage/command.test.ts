import { expect, test } from 'vitest'
import { commandOf } from './command'
import type { Drawable, Scene } from './queries'
import type { LineageSearch } from './search'

const drawable = (id: string, type: 'DATASET' | 'JOB') => ({ id, type, name: { namespace: 'ns', name: id }, bundle: null }) as Drawable
const scene = { drawables: [drawable('a', 'DATASET'), drawable('b', 'JOB')] } as Scene

test.each<[string, LineageSearch, string | undefined]>([
  ['a focus', { focus: ['a'], up: 2, tag: 'pii' }, "weir lineage 'dataset:ns/a' -u 2 -d 1 --tag 'pii' -o mermaid"],
  ['its columns', { focus: ['b'], band: 'COLUMN' }, "weir lineage 'job:ns/b' -u 1 -d 1 --columns -o mermaid"],
  ['ways', { focus: ['a'], to: 'b', k: 9, asOf: '2026-03-01T00:00:00Z' }, "weir paths 'dataset:ns/a' 'job:ns/b' -k 9 --as-of 2026-03-01T00:00:00Z"],
  ['ways past a filter', { focus: ['a'], to: 'b', tag: 'pii' }, undefined],
  ['a band that only the page draws', { focus: ['a'], band: 'JOB' }, undefined],
  ['several', { focus: ['a', 'b'] }, undefined],
  ['what was expanded', { focus: ['a'], x: ['u-a'] }, undefined],
  ['what is not in the picture', { focus: ['gone'] }, undefined],
])('the command of %s', (_, search, command) => expect(commandOf(search, scene)).toBe(command))
