import { expect, test } from 'vitest'
import { compare, NotOne, readManifest } from './manifest'
import after from '../../../connectors/dbt/testdata/after-manifest.json'
import before from '../../../connectors/dbt/testdata/before-manifest.json'
import vectors from '../../../connectors/dbt/testdata/diffs.json'

type Said = { kind?: string; table: string; column?: string; to?: string; evidence: string }
const files: Record<string, unknown> = { 'after-manifest.json': after, 'before-manifest.json': before }
const side = (of: unknown) => readManifest(JSON.stringify(typeof of === 'string' ? files[of] : of))
const short = (c: Said) => [c.kind ?? '', c.table, c.column ?? '', c.to ?? '', c.evidence]

test('manifests are compared as the command does', () => {
  expect(vectors.length).toBeGreaterThan(15)
  for (const v of vectors as { name: string; old: unknown; new: unknown; changes: Said[]; blind: Said[] }[]) {
    const d = compare(side(v.old), side(v.new))
    expect(d.changes.map(short), v.name).toEqual(v.changes.map(short))
    expect(d.blind.map(short), v.name).toEqual(v.blind.map(short))
    expect(compare(side(v.old), side(v.old)), v.name).toEqual({ changes: [], blind: [] })
  }
})

test('what is no manifest is refused with what it is', () => {
  const at = (kind: string) => `{"metadata":{"dbt_schema_version":"https://schemas.getdbt.com/dbt/${kind}.json"}`
  for (const [text, says] of [['', 'no JSON'], ['nodes: {}', 'no JSON'], ['{}', 'dbt_schema_version is “”'], [`${at('catalog/v1')}}`, 'catalog/v1'], [`${at('manifest/v12')},"nodes":[]}`, 'no object']] as const) {
    expect(() => readManifest(text), text).toThrow(NotOne)
    expect(() => readManifest(text), text).toThrow(says)
  }
})

test('a schema that is not known is said to be', () => {
  const of = (version: string) => readManifest(`{"metadata":{"dbt_schema_version":"https://schemas.getdbt.com/dbt/manifest/${version}"}}`).strange
  for (const known of ['v9.json', 'v12.json']) expect(of(known)).toBeNull()
  for (const strange of ['v8.json', 'v13.json', 'latest']) expect(of(strange)).toContain(strange.replace('.json', ''))
})
