// What the story does not show: an empty weir, errors, a weir that hangs, keys,
// a strict policy of content, a phone. WEIR_BIN is the binary (../bin/weir).
import { AxeBuilder } from '@axe-core/playwright'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newPage, out, startBrowser, startWeir, withoutNews, wrongs } from './browser.mjs'

let failed = 0
async function test(name, fn) {
  try {
    await fn()
    assert.deepEqual(wrongs(), [])
    console.log(`ok   ${name}`)
  } catch (e) {
    failed++
    wrongs()
    console.log(`FAIL ${name}\n     ${String(e.message).split('\n').slice(0, 12).join('\n     ')}`)
  }
}

async function axe(page) {
  const { violations } = await new AxeBuilder({ page }).analyze()
  assert.deepEqual(violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${v.id}: ${v.nodes[0]?.html}`), [])
}

const post = (url, path, body) => fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
const browser = await startBrowser()
const data = mkdtempSync(join(tmpdir(), 'weir-ui-'))
const empty = await startWeir(['serve', '--data', join(data, 'd'), '--listen', '127.0.0.1:0'])
const shop = await startWeir(['demo', '--listen', '127.0.0.1:0', '--pace', '0', '--days', '4'])
try {
  await test('an empty weir shows what to do, and fills with the first event', async () => {
    const page = await newPage(browser)
    await page.goto(empty.url)
    await page.getByText('seen nothing yet').waitFor()
    await page.getByText('OPENLINEAGE_URL').first().waitFor()
    await page.screenshot({ path: `${out}empty.png` })
    await axe(page)
    const event = { eventType: 'COMPLETE', eventTime: new Date().toISOString(), run: { runId: '0199a1f0-0000-7000-8000-000000000001' }, job: { namespace: 'prod', name: 'load_orders' }, outputs: [{ namespace: 'postgres://wh:5432', name: 'shop.raw.orders' }], producer: 'https://example.com/test', schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json' }
    assert.equal((await post(empty.url, '/api/v1/lineage', event)).status, 201)
    await page.getByRole('link', { name: 'See today' }).click()
    await page.getByRole('heading', { name: 'Needs attention' }).waitFor({ timeout: 10_000 })
    await page.getByText('Nothing is late').waitFor()
    await page.context().close()
  })

  const answer = await (await post(shop.url, '/graphql', { query: '{ dataset(namespace: "sagemaker://sm-eu", name: "model/churn") { id } runs(filter: { states: [SUCCEEDED] }, first: 50) { nodes { id outputs { id } } } decisions(first: 1, outcomes: [WAIT]) { nodes { id } } }' })).json()
  const asset = `/a/${answer.data.dataset.id}`
  const lineage = `/lineage?focus=${answer.data.dataset.id}&up=2&down=1`
  const [run, decision] = [`/r/${answer.data.runs.nodes.find((r) => r.outputs.length > 0).id}`, `/d/${answer.data.decisions.nodes[0].id}`]

  const strict = "default-src 'self'; style-src 'self'"
  await test(`every page works under ${strict}`, async () => {
    const page = await newPage(browser)
    await page.route((u) => !/^\/(assets\/.|api|graphql)/.test(u.pathname), async (route) => {
      if (route.request().resourceType() !== 'document') return route.continue()
      const response = await route.fetch()
      await route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': strict } })
    })
    for (const [path, selector] of [['/', '.number'], ['/assets?q=orders', '.grid .asset'], ['/decisions', '[data-row-key]'], ['/timeline', '[data-piece]'], ['/policies', '[data-row-key]'], ['/system', '.number'], ['/impact', '.builder'], ['/query', '.docs dt'], [asset, '.react-flow__node .node'], [asset, '.tree li']]) {
      const response = await page.goto(shop.url + path)
      assert.equal(response.headers()['content-security-policy'], strict)
      await page.locator(selector).first().waitFor()
    }
    const [canvas, node] = [await page.locator('.canvas').boundingBox(), await page.locator('.node.focus').boundingBox()]
    assert.ok(canvas && node && canvas.height >= 200 && node.x >= canvas.x && node.x + node.width <= canvas.x + canvas.width + 1, 'the asset is not inside its picture')
    await page.context().close()
  })

  await test('the picture is the same each time, and leads to the large one, whose table says the same', async () => {
    const page = await newPage(browser)
    const places = async () => {
      await page.goto(`${shop.url}${asset}?hops=3`)
      await page.locator('.react-flow__node').first().waitFor()
      return page.locator('.react-flow__node').evaluateAll((nodes) => nodes.map((n) => `${n.dataset.id} ${n.style.transform}`).sort())
    }
    const first = await places()
    assert.ok(first.length > 5, `${first.length} nodes at 3 hops`)
    assert.deepEqual(await places(), first)
    await page.getByRole('link', { name: 'the large picture' }).click()
    await page.waitForURL(/\/lineage/)
    await page.locator('.twin [data-row-key]').first().waitFor()
    assert.equal(Number(await page.locator('.canvas').getAttribute('data-nodes')), first.length)
    await page.context().close()
  })

  await test('a failing question says so and can be asked again', async () => {
    const page = await newPage(browser)
    const news = await withoutNews(page)
    await page.route('**/graphql', (route) => route.abort())
    await page.goto(shop.url)
    await page.getByRole('button', { name: 'Try again' }).first().waitFor()
    await page.screenshot({ path: `${out}error.png` })
    await axe(page)
    await page.unroute('**/graphql')
    await page.getByRole('button', { name: 'Try again' }).first().click()
    await page.getByText('Done lately').waitFor()
    await news()
    await page.waitForSelector('[role=alert]', { state: 'detached' })
    await page.context().close()
  })

  await test('an id that weir never gave, and a page that is none', async () => {
    const page = await newPage(browser)
    await page.goto(`${shop.url}/a/asset_nothing`)
    await page.getByText('No asset has this id.').waitFor()
    await page.goto(`${shop.url}/nowhere`)
    await page.getByText('No such page').waitFor()
    await page.context().close()
  })

  for (const colorScheme of ['light', 'dark']) {
    await test(`a phone, ${colorScheme}: nothing is too wide, axe finds nothing serious`, async () => {
      const page = await newPage(browser, { viewport: { width: 390, height: 844 }, colorScheme })
      for (const [name, path, selector] of [['today', '/', '.number'], ['asset', asset, '.tree li'], ['assets', '/assets', '.grid .asset'], ['decisions', '/decisions', '[data-row-key]'], ['timeline', '/timeline', '[data-piece]'], ['policies', '/policies', '[data-row-key]'], ['system', '/system', '.number'], ['impact', '/impact', '.builder'], ['query', '/query', '.docs dt'], ['lineage', lineage, 'section.canvas[data-settled] .react-flow__node'], ['run', run, '#written .asset'], ['decision', decision, '.tree li']]) {
        await page.goto(shop.url + path)
        await page.locator(selector).first().waitFor()
        await page.screenshot({ path: `${out}phone-${colorScheme}-${name}.png` })
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${name} is too wide`)
        await axe(page)
      }
      await page.context().close()
    })
  }

  if (shop.freeze) {
    await test('a weir that hangs: the page says so within 15 s, keeps what it has, and recovers alone', async () => {
      const page = await newPage(browser)
      await page.goto(shop.url)
      await page.locator('.number').first().waitFor()
      await page.getByText('live', { exact: true }).waitFor()
      shop.freeze()
      try {
        await page.locator('.stale').waitFor({ timeout: 16_000 })
        assert.equal(await page.locator('.number').count(), 4)
        await page.screenshot({ path: `${out}stale.png` })
      } finally {
        shop.thaw()
      }
      await page.locator('.stale').waitFor({ state: 'detached', timeout: 15_000 })
      await page.getByText('live', { exact: true }).waitFor({ timeout: 10_000 })
      await page.context().close()
    })
  }
} finally {
  await browser.close()
  await Promise.all([empty.stop(), shop.stop()])
  rmSync(data, { recursive: true, force: true })
}
process.exit(failed === 0 ? 0 : 1)
