// Answers of the page against the same answers found by trying everything, on
// random graphs: the ways between two assets, and what a dropped column breaks.
import assert from 'node:assert/strict'
import { events, startSeeded, warehouse } from './seed.mjs'
import { settled } from './measure.mjs'

const SIZE = 14

/** chance is the same numbers for the same seed. */
function chance(seed) {
  let state = seed
  return (n) => {
    state = (state * 1103515245 + 12345) % 2147483648
    return Math.floor((state / 2147483648) * n)
  }
}

/** randomGraph is one job for each table but the first: which tables it reads, and from which column it says that x comes; null: it says nothing of columns. */
function randomGraph(seed) {
  const pick = chance(seed)
  return Array.from({ length: SIZE - 1 }, (_, i) => {
    const reads = [...new Set(Array.from({ length: 1 + pick(3) }, () => Math.max(0, i - pick(5))))]
    return { to: i + 1, reads, column: pick(4) === 0 ? null : pick(4) === 0 ? 'y' : 'x' }
  })
}

const table = (seed, i) => `g${seed}.t${i}`
const job = (seed, i) => `g${seed}.make_t${i}`

function told(seed, jobs) {
  const schema = { fields: [{ name: 'x', type: 'int' }, { name: 'y', type: 'int' }] }
  return [[job(seed, 0), [], [table(seed, 0)], { [table(seed, 0)]: { schema } }], ...jobs.map(({ to, reads, column }) => {
    const from = (field) => ({ inputFields: reads.map((r) => ({ namespace: warehouse, name: table(seed, r), field, transformations: [{ type: 'DIRECT', subtype: 'IDENTITY' }] })) })
    const lit = column && { columnLineage: { fields: { [column]: from(column) } } }
    return [job(seed, to), reads.map((r) => table(seed, r)), [table(seed, to)], { [table(seed, to)]: { schema, ...lit } }]
  })]
}

/** everyWay goes from the first table to another along every way that there is. */
function everyWay(seed, jobs, end) {
  const ways = []
  const go = (at, way) => {
    if (at === end) return ways.push(way.join(' → '))
    for (const j of jobs.filter((x) => x.reads.includes(at))) go(j.to, [...way, job(seed, j.to), table(seed, j.to)])
  }
  go(0, [table(seed, 0)])
  return ways
}

/** broken says of each table what dropping x of the first does: it had x from there; or what it is made of breaks, and grows old; or nobody says; or nothing. */
function broken(jobs) {
  const how = new Map([[0, 'BREAKING']])
  for (const { to, reads, column } of jobs) { // in order: a table is made of those before it
    const of = reads.map((r) => how.get(r) ?? 'SAFE')
    const old = reads.some((r) => r !== 0 && /BREAKING|DEGRADING/.test(how.get(r)))
    if (column === 'x' && of.includes('BREAKING')) how.set(to, 'BREAKING')
    else if (old) how.set(to, 'DEGRADING')
    else if (of.includes('UNKNOWN') || (column === null && of.includes('BREAKING'))) how.set(to, 'UNKNOWN')
  }
  return how
}

export default async function brute({ test }) {
  const seeds = [1, 2, 3, 4]
  const graphs = new Map(seeds.map((s) => [s, randomGraph(s)]))
  const own = await startSeeded(events(seeds.flatMap((s) => told(s, graphs.get(s)))))
  try {
    await test('the ways between two assets are all that there are', async (page) => {
      let seen = 0
      for (const [seed, jobs] of graphs) {
        const focus = await own.id(table(seed, 0))
        for (const end of [4, 7, 10, SIZE - 1]) {
          const want = everyWay(seed, jobs, end)
          if (want.length > 50) continue // the most that the page lists
          await page.goto(`${own.url}/lineage?focus=${focus}&to=${await own.id(table(seed, end))}&k=50`)
          if (want.length === 0) await page.getByText('No data flows').waitFor()
          else await settled(page)
          const got = await page.locator('.ways button[title]').evaluateAll((all) => all.map((b) => b.title))
          assert.deepEqual(got.toSorted(), want.toSorted(), `graph ${seed}, to ${end}`)
          const steps = got.map((w) => w.split(' → ').length)
          assert.deepEqual(steps, steps.toSorted((a, b) => a - b), 'the shortest come first')
          seen += want.length
        }
      }
      assert.ok(seen > 20, `${seen} ways in all`)
    })

    await test('what a dropped column does is what one finds by looking at each table, and what nobody knows is never safe', async (page) => {
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      const seen = new Set()
      for (const [seed, jobs] of graphs) {
        await page.goto(`${own.url}/impact?change=${encodeURIComponent(`DROP_FIELD ${encodeURIComponent(warehouse)} ${table(seed, 0)} x`)}`)
        await page.locator('#result [data-row-key]').first().waitFor()
        await page.locator('#result').getByText('Copy as').click()
        await page.locator('#result').getByRole('button', { name: 'CSV', exact: true }).click()
        await page.getByText('Copied').first().waitFor()
        const [head, ...rows] = (await page.evaluate(() => navigator.clipboard.readText())).trim().split('\r\n').map((line) => line.split(','))
        const [severity, asset] = ['Severity', 'Asset'].map((title) => head.indexOf(title))
        const said = new Map(rows.map((row) => [row[asset], row[severity]]))
        const want = broken(jobs)
        for (let i = 1; i < SIZE; i++) assert.equal(said.get(`${warehouse}/${table(seed, i)}`) ?? 'SAFE', want.get(i) ?? 'SAFE', `graph ${seed}, table ${i}: ${JSON.stringify(jobs)}`)
        const unknown = [...said].filter(([, s]) => s === 'UNKNOWN').length
        assert.equal(await page.getByText('They are not safe').count(), unknown > 0 ? 1 : 0)
        for (const s of want.values()) seen.add(s)
      }
      assert.deepEqual([...seen].toSorted(), ['BREAKING', 'DEGRADING', 'UNKNOWN'])
    })
  } finally {
    await own.stop()
  }
}
