// A weir of its own with many assets, for the tests of large pictures: a hub
// that 5,000 jobs read, a chain of 500, a cycle, a wide table and hostile names.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asker, startWeir, until } from './browser.mjs'

export const warehouse = 'postgres://wh:5432'
export const hostile = '<script>alert(1)</script>"\u202Etxt'
export const long = `shop.marts.${'very_'.repeat(200)}long_name`
const base = Date.UTC(2026, 2, 1)

/** events are runs that completed, a second after each other. */
export function events(steps, from = 0) {
  return steps.map(([job, ins, outs, facets = {}], i) => ({
    eventType: 'COMPLETE', eventTime: new Date(base + (from + i) * 1000).toISOString(), producer: 'https://example.com/e2e', schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
    run: { runId: `0195e000-0000-7000-8000-${String(from + i).padStart(12, '0')}` }, job: { namespace: 'prod', name: job },
    inputs: ins.map((name) => ({ namespace: warehouse, name })), outputs: outs.map((name) => ({ namespace: warehouse, name, facets: facets[name] ?? {} })),
  }))
}

const numbered = (n, name) => Array.from({ length: n }, (_, i) => name(String(i).padStart(4, '0')))
const schema = (n, prefix) => ({ schema: { fields: numbered(n, (i) => ({ name: `${prefix}_${i}`, type: 'text' })) } })
const column = (table, field) => ({ inputFields: [{ namespace: warehouse, name: table, field, transformations: [{ type: 'DIRECT', subtype: 'IDENTITY' }] }] })

/** company is what the tests look at. */
export function company() {
  return events([
    ['load_hub', ['shop.raw.hub'], ['shop.hub']],
    ...numbered(5000, (i) => [`read_${i}`, ['shop.hub'], i.endsWith('00') ? [`shop.out_${i}`] : []]),
    ...numbered(500, (i) => [`step_${i}`, [`shop.chain_${i}`], [`shop.chain_${String(Number(i) + 1).padStart(4, '0')}`]]),
    ['enter', ['shop.in'], ['shop.ring_a']], ['ring_1', ['shop.ring_a'], ['shop.ring_b']], ['ring_2', ['shop.ring_b'], ['shop.ring_c']], ['ring_3', ['shop.ring_c'], ['shop.ring_a']], ['merge', ['shop.self', 'shop.ring_c'], ['shop.self']],
    ['make_wide', ['shop.raw.wide'], ['shop.wide'], { 'shop.wide': { ...schema(500, 'col'), columnLineage: { fields: { col_0003: column('shop.raw.wide', 'a'), col_0007: column('shop.raw.wide', 'b') } } } }],
    ['make_report', ['shop.wide'], ['shop.report'], { 'shop.report': { ...schema(3, 'r'), columnLineage: { fields: { r_0001: column('shop.wide', 'col_0003') } } } }],
    ['left', ['shop.split'], ['shop.left']], ['right', ['shop.split'], ['shop.right']], ['join', ['shop.left', 'shop.right'], ['shop.joined']],
    [hostile, [long], [`shop.${hostile}`]],
    ...numbered(14, (i) => [`busy_${i}`, numbered(8, (k) => `shop.busy_${String((Number(i) + Number(k)) % 24).padStart(4, '0')}`), numbered(3, (k) => `shop.made_${i}_${k}`)]),
  ])
}

/** startSeeded runs a server with that company in a directory of its own. */
export async function startSeeded(list = company()) {
  const dir = mkdtempSync(join(tmpdir(), 'weir-e2e-'))
  const weir = await startWeir(['serve', '--listen', '127.0.0.1:0', '--data', dir])
  const send = async (batch) => {
    const r = await fetch(`${weir.url}/api/v1/lineage/batch`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(batch) })
    if (!r.ok) throw new Error(`events are refused: ${r.status} ${await r.text()}`)
  }
  for (let i = 0; i < list.length; i += 500) await send(list.slice(i, i + 500))
  const ask = asker(weir.url)
  const known = async (name) => (await ask('query($ns: String!, $name: String!) { dataset(namespace: $ns, name: $name) { id } }', { ns: warehouse, name })).dataset?.id
  const id = (name) => until(`${name} is known`, () => known(name), 120_000)
  await id(list.at(-1).outputs[0].name)
  const stop = async () => {
    await weir.stop()
    rmSync(dir, { recursive: true, force: true })
  }
  let at = list.length
  const post = async (steps) => {
    await send(events(steps, at))
    at += steps.length
  }
  return { ...weir, ask, id, post, stop }
}
