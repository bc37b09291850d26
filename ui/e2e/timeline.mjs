// The timeline: bars over tools, zoom by brush and keys, a selection, why
// something came so late, and the page of a run.
import assert from 'node:assert/strict'
import { bothThemes, until, withoutNews } from './browser.mjs'
import { copies } from './copied.mjs'
import { events, startSeeded } from './seed.mjs'

export default async function timeline({ url, test, axe, ask, out }) {
  const { dataset, run } = await until('the demo has runs', async () => {
    const { dataset, runs } = await ask('{ dataset(namespace: "sagemaker://sm-eu", name: "model/churn") { id } runs(filter: { states: [SUCCEEDED] }, first: 50) { nodes { id outputs { id } inputs { id } } } }')
    const run = runs.nodes.find((r) => r.outputs.length > 0 && r.inputs.length > 0)
    return dataset && run && { dataset, run }
  })

  await test('bars lie in their window, and the table says the same', async (page) => {
    await page.goto(`${url}/timeline`)
    await page.locator('[data-piece=run]').first().waitFor()
    await page.getByText('The same as a table').click()
    await page.locator('#chart .runs tbody tr').first().waitFor()
    const [bars, lines] = await page.evaluate(() => { // at once: the demo goes on
      const [one, many, lines] = ['[data-piece]', '[data-bundle]', '#chart .runs tbody tr'].map((s) => [...document.querySelectorAll(s)])
      return [many.reduce((n, b) => n + Number(b.dataset.bundle), one.length), lines.length]
    })
    assert.equal(lines, bars)
    await page.screenshot({ path: `${out}timeline.png` })
  })

  await test('when data was late lies behind the runs, and the table says the same', async (page) => {
    const to = new Date().toISOString()
    const { timeline: told } = await until('something was late', async () => {
      const t = await ask('query($from: Time!, $to: Time!) { timeline(from: $from, to: $to) { late { name { name } } } }', { from: new Date(Date.now() - 3 * 86400_000).toISOString(), to })
      return t.timeline.late.length > 0 && t
    }, 150_000)
    await page.goto(`${url}/timeline?win=3d&table=1`)
    await page.locator('[data-late]').first().waitFor()
    assert.match(await page.locator('[data-late] title').first().innerHTML(), /late .+ – /)
    const [bands, lines] = await page.evaluate(() => ['[data-late]', '#chart tr[data-band]'].map((s) => document.querySelectorAll(s).length))
    assert.equal(bands, lines)
    assert.ok(bands >= told.late.length)
    await bothThemes(page, () => axe(page))
    await page.screenshot({ path: `${out}timeline-late.png`, fullPage: true })
  })

  await test('the link that is copied of a window that moves stands still: it shows the same later; the shown one goes on', async (page) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    const clip = () => page.evaluate(() => navigator.clipboard.readText())
    await page.goto(`${url}/timeline?win=3d&tool=DBT`)
    await page.locator('[data-piece=run]').first().waitFor()
    await page.evaluate(() => navigator.clipboard.writeText(''))
    const before = Date.now()
    await page.keyboard.press('.')
    const link = new URL(await until('the link is copied', async () => (await clip()).includes('from=') && clip()))
    const [from, to] = ['from', 'to'].map((k) => Date.parse(link.searchParams.get(k)))
    assert.equal(to - from, 3.75 * 86400_000)
    assert.ok(Math.abs(from + 3 * 86400_000 - before) < 120_000, `${link}`)
    assert.equal(link.searchParams.get('win'), null)
    assert.equal(link.searchParams.get('tool'), 'DBT')
    assert.match(page.url(), /\?win=3d&tool=DBT$/)
    await page.evaluate(() => navigator.clipboard.writeText(''))
    await page.locator('.title .menu summary').click()
    await page.locator('.title .menu').getByRole('button', { name: 'Link' }).click()
    assert.match(await until('the link is copied', clip), /from=.*to=/)
    await page.goto(link.href)
    await page.locator('[data-piece=run]').first().waitFor()
    await page.getByRole('button', { name: 'Now', exact: true }).waitFor()
    await page.goto(`${url}/timeline?win=3d`)
    await page.locator('[data-piece=run]').first().waitFor()
    await page.keyboard.press('g') // within the page: another one copies its own address again
    await page.keyboard.press('t')
    await page.locator('.number').first().waitFor()
    await page.evaluate(() => navigator.clipboard.writeText(''))
    await page.keyboard.press('.')
    assert.equal(await until('the link is copied', clip), `${url}/`)
  })

  await test('a brush zooms, the address has the window, and history leads back', async (page) => {
    await page.goto(`${url}/timeline`)
    await page.locator('[data-piece=run]').first().waitFor()
    const box = await page.locator('.gantt svg').boundingBox()
    await page.mouse.move(box.x + box.width * 0.6, box.y + 60)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.85, box.y + 90, { steps: 5 })
    await page.mouse.up()
    await page.waitForURL(/from=.*to=/)
    const from = Date.parse(new URL(page.url()).searchParams.get('from'))
    await page.keyboard.press('[')
    await page.waitForFunction((before) => Date.parse(new URL(location.href).searchParams.get('from')) < before, from)
    await page.goBack()
    await page.waitForURL((u) => !u.searchParams.has('from'))
  })

  await test('keys walk along the runs and open one', async (page) => {
    await page.goto(`${url}/timeline`)
    await page.locator('[data-piece=run]').first().waitFor()
    await page.locator('.gantt svg').focus()
    await page.keyboard.press('ArrowDown')
    await page.locator('.piece.active').waitFor()
    assert.match(await page.locator('#gantt-says').innerText(), /: .*, .* to /)
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/(r|d)\//)
  })

  await test('of one asset and what it is made of, with what the last run waited for', async (page) => {
    await page.goto(`${url}/timeline?of=${dataset.id}&up=5&win=14d`)
    await page.locator('[data-piece=run]').first().waitFor()
    await page.getByRole('button', { name: 'Why not earlier' }).click()
    await page.locator('.critical-path li').nth(1).waitFor()
    await page.locator('.piece.critical').first().waitFor()
    await page.screenshot({ path: `${out}timeline-path.png`, fullPage: true })
    await axe(page)
    const some = await page.locator('[data-piece]').count()
    await page.getByRole('button', { name: 'Show everything' }).click()
    await page.waitForFunction((n) => document.querySelectorAll('[data-piece]').length > n, some)
  })

  await test('a window, a selection and a run are taken along as a command and a question that answer', async (page) => {
    await page.goto(`${url}/timeline`)
    await page.locator('[data-piece=run]').first().waitFor()
    const all = await copies(page, page.locator('.title'), /^weir runs --active-after \S+Z --until \S+Z --first 200$/)
    assert.ok(all.data.timeline.runs.some((r) => all.printed.includes(r.runId)))
    await page.goto(`${url}/timeline?tool=DBT`)
    await page.locator('[data-piece=run]').first().waitFor()
    await copies(page, page.locator('.title'), /^weir query -[^]*tool: "DBT"/)
    await page.goto(`${url}/r/${run.id}`)
    await page.locator('.head h1').waitFor()
    assert.equal((await copies(page, page.locator('.head'), /^weir (query -|why run_)/)).data.run.id, run.id)
  })

  await test('a selection that fits nothing says so and leads back', async (page) => {
    await page.goto(`${url}/timeline?q=zzz-no-such-job`)
    await page.getByText('No job fits the selection.').waitFor()
    await page.getByRole('main').getByRole('button', { name: 'Show everything' }).click()
    await page.locator('[data-piece=run]').first().waitFor()
  })

  await test('a run shows what it read and wrote, what it waited for, and its facets', async (page) => {
    await page.goto(`${url}/r/${run.id}`)
    await page.locator('#read .asset').first().waitFor()
    await page.locator('#written .asset').first().waitFor()
    await page.locator('.critical-path li').first().waitFor()
    await page.locator('.facet summary').first().click()
    await page.locator('.facet[open] pre').first().waitFor()
    await page.screenshot({ path: `${out}run.png`, fullPage: true })
    await page.getByRole('link', { name: 'Timeline around it' }).click()
    await page.waitForURL('**/timeline?**')
    await page.goto(`${url}/r/run_nothing`)
    await page.getByText('No run has this id.').waitFor()
  })

  await test('a run shows what it is part of and what is inside it, with how each stands', async (page) => {
    const { runs: some } = await ask('{ runs(first: 200) { nodes { id job { name { name } } } } }')
    const { run: dag } = await ask('query($id: ID!) { run(id: $id) { id children(first: 200) { nodes { id } } } }', { id: some.nodes.find((r) => r.job?.name.name === 'dbt-run-shop').id })
    assert.ok(dag.children.nodes.length > 10)
    await page.goto(`${url}/r/${dag.id}`)
    const inside = page.locator('#runs-inside-it')
    await inside.getByText(`${dag.children.nodes.length} runs · `).waitFor()
    await inside.getByText(/ succeeded/).first().waitFor()
    await page.locator('.head .facts').getByText(/part of dbt_nightly\.build \(\w+/).waitFor()
    assert.equal(await inside.locator('[data-child]').count(), Math.min(20, dag.children.nodes.length))
    await axe(page)
    await page.screenshot({ path: `${out}run-children.png`, fullPage: true })
    if (dag.children.nodes.length > 20) {
      await inside.getByRole('button', { name: /Show all/ }).click()
      await page.waitForFunction((n) => document.querySelectorAll('[data-child]').length === n, dag.children.nodes.length)
    }
    await inside.getByRole('link').first().click()
    await page.getByText('part of').first().waitFor()
  })

  await test('a failed question keeps the page and can be asked again', async (page) => {
    await withoutNews(page)
    await page.route('**/graphql', (route) => (route.request().postData()?.includes('query Timeline(') ? route.abort() : route.continue()))
    await page.goto(`${url}/timeline`)
    await page.getByRole('button', { name: 'Try again' }).waitFor()
    await axe(page)
    await page.unroute('**/graphql')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.locator('[data-piece=run]').first().waitFor()
  })

  await test('of many jobs those near the screen are drawn, and keys and the wheel reach the others', async (page) => {
    const many = await startSeeded(events(Array.from({ length: 200 }, (_, i) => [`job_${String(i).padStart(4, '0')}`, [], [`shop.made_${i}`]])))
    try {
      await page.goto(`${many.url}/timeline?from=2026-03-01T00:00:00Z&to=2026-03-01T00:05:00Z`)
      await page.locator('[data-piece=run]').first().waitFor()
      assert.ok((await page.locator('[data-piece]').count()) < 100)
      await page.locator('.gantt svg').focus()
      await page.keyboard.press('End')
      await page.locator('.piece.active').waitFor()
      assert.match(await page.locator('#gantt-says').innerText(), /^job_0199: /)
      const { y } = await page.locator('.piece.active').boundingBox()
      assert.ok(y > 0 && y < 900, `the chosen run is at ${y}`)
      await page.keyboard.press('Home')
      await page.locator('.piece.active').waitFor()
      await page.locator('[data-name]', { hasText: 'job_0000' }).waitFor()
      await page.mouse.move(700, 400)
      await page.mouse.wheel(0, 20_000)
      await page.locator('[data-name]', { hasText: 'job_0199' }).waitFor()
      await page.getByText('The same as a table').click()
      await page.locator('#chart .runs tbody tr').first().waitFor()
      assert.equal(await page.locator('#chart .runs tbody tr').count(), 200)
    } finally {
      await many.stop()
    }
  })

  await test('runs that overlap more than there are lanes are counted, and drawn when one asks; the tools are those that run jobs; a year that is not this one is said', async (page) => {
    const own = await startSeeded(backfill(10))
    try {
      page.removeAllListeners('request') // its own weir, not the demo's
      await page.goto(`${own.url}/timeline?from=2025-11-29T08:00:00Z&to=2025-11-29T12:00:00Z`)
      const many = page.locator('[data-bundle]')
      await many.waitFor()
      assert.equal(await page.locator('[data-piece]').count(), 5)
      assert.equal(await many.locator('text').innerHTML(), '+5')
      assert.match(await many.locator('title').innerHTML(), /5 that share a lane: 4 succeeded, 1 failed, 29 Nov 2025, 09:00 – 29 Nov 2025, 10:00/)
      await page.locator('.gantt .day', { hasText: '29 Nov 2025' }).waitFor()
      await bothThemes(page, () => axe(page))
      await page.screenshot({ path: `${out}timeline-lanes.png` })
      await page.getByText('The same as a table').click()
      await page.locator('#chart .runs tbody tr').first().waitFor()
      assert.equal(await page.locator('#chart .runs tbody tr').count(), 10)
      await page.getByText('backfill_orders: 5 of its 10 runs share one lane of the chart').waitFor()
      await page.locator('.gantt svg').focus()
      await page.keyboard.press('End')
      await page.locator('.many.active').waitFor()
      await page.keyboard.press('Space')
      await page.waitForURL(/lanes=/)
      await page.locator('[data-piece]').nth(9).waitFor()
      const tops = await page.locator('[data-piece] .bar').evaluateAll((all) => all.map((e) => e.getAttribute('y')))
      assert.equal(new Set(tops).size, 10, `drawn at ${tops}`)
      await page.reload()
      await page.locator('[data-piece]').nth(9).waitFor()
      await page.getByText('fewer lanes').click()
      await many.waitFor()
      await many.click()
      await page.locator('[data-piece]').nth(9).waitFor()
      await page.waitForFunction(() => document.querySelectorAll('select option').length === 2)
      await page.getByLabel('Tool').selectOption('flink')
      await page.waitForURL(/tool=FLINK/)
      await page.locator('[data-piece]').first().waitFor()
      await page.goto(`${own.url}/timeline?from=2025-11-29T08:00:00Z&to=2025-11-29T12:00:00Z&tool=none`)
      await page.getByText('No job fits the selection.').waitFor()
      assert.equal(await page.getByLabel('Tool').inputValue(), 'none')
    } finally {
      await own.stop()
    }
  })

  for (const colorScheme of ['light', 'dark']) {
    await test(`axe finds nothing serious, ${colorScheme}`, async (page) => {
      for (const [path, wait] of [['/timeline?win=3d', '[data-piece]'], [`/r/${run.id}`, '.critical-path li']]) {
        await page.goto(url + path)
        await page.locator(wait).first().waitFor()
        await axe(page)
        await page.screenshot({ path: `${out}timeline-${colorScheme}.png` })
      }
    }, { colorScheme })
  }
}

/** backfill is n runs of one job at once, of which the last fails; a tool of no list runs it. */
function backfill(n) {
  const job = { namespace: 'prod', name: 'backfill_orders', facets: { jobType: { _producer: 'https://example.com/e2e', _schemaURL: 'https://openlineage.io/spec/facets/2-0-3/JobTypeJobFacet.json', processingType: 'BATCH', integration: 'FLINK', jobType: 'JOB' } } }
  const event = (i, eventType, eventTime) => ({ ...events([['', [], ['shop.orders']]], 9000 + i)[0], eventType, eventTime, job })
  return Array.from({ length: n }, (_, i) => [event(i, 'START', '2025-11-29T09:00:00Z'), event(i, i === n - 1 ? 'FAIL' : 'COMPLETE', '2025-11-29T10:00:00Z')]).flat()
}
