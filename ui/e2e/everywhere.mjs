// What holds on every screen: axe finds nothing serious in both themes, on each
// tab and in each dialog; at 200 % nothing is cut off; its main job is done by
// keys; a copied address shows the same; a weir that is gone is said, and its
// return is noticed; nothing moves for who wants no motion; names of any kind.
import assert from 'node:assert/strict'
import { asker, startEmpty, startWeir, tabTo, until, withoutNews } from './browser.mjs'
import { events } from './seed.mjs'
import { told } from './today.mjs'

export default async function everywhere({ url, test, axe, ask, newPage }) {
  await told(ask).catch(() => {}) // a demo that is told slowly has all pages, too
  const { model, decisions, runs } = await ask('{ model: dataset(namespace: "sagemaker://sm-eu", name: "model/churn") { id } decisions(first: 1, outcomes: [WAIT]) { nodes { id } } runs(filter: { states: [SUCCEEDED] }, first: 50) { nodes { id outputs { id } } } }')
  const run = runs.nodes.find((r) => r.outputs.length > 0).id
  const tabs = ['overview', 'columns', 'runs', 'policy', 'decisions', 'names', 'raw']
  /** The eight screens, the pages of one thing, and what is there when each is drawn. */
  const screens = [
    ['Today', '/', '.causes > li'], ['Assets', '/assets?q=orders&type=DATASET', '.grid [data-row-key]'], ['Lineage', `/lineage?focus=${model.id}&up=2&down=1`, 'section.canvas[data-settled] .react-flow__node'],
    ['Impact', '/impact', '.builder'], ['Timeline', '/timeline?win=3d', '[data-piece]'], ['Decisions', '/decisions?tab=actions', '[data-row-key]'], ['Policies', '/policies', '[data-row-key]'], ['System', '/system', '.number'],
    ['asset', `/a/${model.id}`, '.tree li'], ['run', `/r/${run}`, '.critical-path li'], ['decision', `/d/${decisions.nodes[0].id}`, '.tree li'],
  ]
  const eight = screens.slice(0, 8)
  const drawn = (page, wait) => page.locator(wait).first().waitFor({ timeout: 45_000 })

  for (const colorScheme of ['light', 'dark']) {
    await test(`axe finds nothing serious on any screen, ${colorScheme}`, async (page) => {
      for (const [name, path, wait] of [...screens, ['first steps', '/?steps=1', '.steps li'], ['no asset', '/assets?q=gibtesnicht', '[data-state=filtered]'], ['no page', '/nowhere', 'h1']]) {
        await page.goto(url + path)
        await drawn(page, wait)
        await axe(page).catch((e) => { throw new Error(`${name}: ${e.message}`) })
      }
    }, { colorScheme })
    await test(`axe finds nothing serious on any tab of an asset, ${colorScheme}`, async (page) => {
      for (const tab of tabs) {
        await page.goto(`${url}/a/${model.id}?tab=${tab}`)
        await page.getByRole('tabpanel').getByRole('heading').first().waitFor()
        await axe(page).catch((e) => { throw new Error(`${tab}: ${e.message}`) })
      }
      await page.getByRole('button', { name: 'Request a run' }).first().click()
      await page.locator('dialog.confirm').waitFor()
      await axe(page)
      await page.keyboard.press('Escape')
      await page.keyboard.press('/')
      await page.getByRole('dialog').getByRole('combobox').waitFor()
      await axe(page)
    }, { colorScheme })
    await test(`axe finds nothing serious on screens of an empty weir, and on those that cannot read, ${colorScheme}`, async (page) => {
      const empty = await startEmpty()
      const bare = await newPage({ colorScheme })
      try {
        for (const [name, path] of eight) {
          await bare.goto(empty.url + path.split('?')[0])
          await bare.locator('h1').first().waitFor()
          await bare.waitForFunction(() => !document.querySelector('.skeleton'))
          await axe(bare).catch((e) => { throw new Error(`${name}, empty: ${e.message}`) })
        }
      } finally {
        await bare.context().close()
        await empty.stop()
      }
      await withoutNews(page)
      await page.route('**/graphql', (route) => route.abort())
      for (const [name, path] of screens) {
        await page.goto(url + path + (name === 'Impact' ? '?change=DROP_DATASET%20a%20b' : ''))
        await page.getByRole('button', { name: 'Try again' }).first().waitFor()
        await axe(page).catch((e) => { throw new Error(`${name}, error: ${e.message}`) })
      }
    }, { colorScheme })
  }

  // 720 x 450 is what is left of 1440 x 900 at 200 %.
  for (const colorScheme of ['light', 'dark']) await test(`at 200 % no page is wider than the window, and each control can be brought into it, ${colorScheme}`, async (page) => {
    for (const [name, path, wait] of screens) {
      await page.goto(url + path)
      await drawn(page, wait)
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than the window`)
      const lost = await page.evaluate(() => [...document.querySelectorAll('header button, header a, main button, main a, main input, main select, main summary')].flatMap((e) => {
        if (!e.checkVisibility() || e.closest('.react-flow, .jump, .grid, svg')) return []
        e.scrollIntoView({ block: 'nearest', inline: 'nearest' })
        const r = e.getBoundingClientRect()
        return r.width > 0 && (r.right < 1 || r.left > innerWidth - 1 || r.bottom < 1 || r.top > innerHeight - 1) ? [e.outerHTML.slice(0, 120)] : []
      }))
      assert.deepEqual(lost, [], `${name} has controls that cannot be reached`)
    }
  }, { viewport: { width: 720, height: 450 }, colorScheme })

  await test('a copied address shows the same screen, in a browser that knows nothing', async (page) => {
    for (const [name, path, wait] of screens) {
      await page.goto(url + path)
      await drawn(page, wait)
      await page.waitForFunction(() => !document.querySelector('.skeleton'))
      const address = page.url()
      const title = await page.title()
      await page.reload()
      await drawn(page, wait)
      assert.equal(page.url(), address, name)
      const other = await newPage()
      await other.goto(address)
      await drawn(other, wait)
      assert.equal(other.url(), address, name)
      assert.equal(await other.title(), title, name)
      await other.context().close()
    }
  })

  await test('the main job of each screen is done by keys', async (page) => {
    const go = async (key, to) => {
      await page.keyboard.press('g')
      await page.keyboard.press(key)
      await page.waitForURL(to)
    }
    await page.goto(url)
    await drawn(page, '.causes > li')
    const why = page.getByRole('link', { name: /^Why / }).first()
    await tabTo(page, why)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/a/**#why')
    await go('a', '**/assets')
    await drawn(page, '.grid [data-row-key]')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/a/**')
    for (const [key, to, wait] of [['l', '**/lineage', '.picker #search:focus'], ['i', '**/impact', '.builder'], ['r', '**/timeline', '[data-piece]'], ['d', '**/decisions', '[data-row-key]'], ['p', '**/policies', '[data-row-key]'], ['s', '**/system', '.number']]) {
      await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur())
      await go(key, to)
      await drawn(page, wait)
      let leads = false // what was focused may be replaced once more while the page is drawn
      for (let i = 0; i < 10 && !leads; i++) {
        await page.keyboard.press('Tab')
        leads = await page.evaluate(() => document.activeElement !== document.body)
      }
      assert.ok(leads, `${to}: Tab leads nowhere`)
    }
  })

  await test('who wants no motion sees none', async (page) => {
    for (const [name, path, wait] of eight) {
      await page.goto(url + path)
      await drawn(page, wait)
      const moving = await page.evaluate(() => document.getAnimations().filter((a) => a.playState === 'running').length)
      assert.equal(moving, 0, name)
    }
  })

  await test('names of 64 kB and names that are code are shown as text, and break no screen', async () => {
    const weir = await startEmpty()
    const page = await newPage()
    page.on('dialog', (d) => page.wrong.push(`dialog: ${d.message()}`))
    try {
      const huge = `shop.${'x'.repeat(64 * 1024)}`
      const nasty = 'shop.<img src=x onerror=alert(1)>\u202Egnp.exe'
      const answers = []
      for (const e of events([[`job ${nasty}`, [nasty], [huge]], [nasty, ['shop.a'], [nasty]]])) answers.push((await fetch(`${weir.url}/api/v1/lineage`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(e) })).status)
      assert.ok(answers.includes(201), `refused: ${answers}`)
      const know = asker(weir.url)
      const node = (name) => until(`${name.slice(0, 20)} is known`, async () => (await know('query($n: String!) { dataset(namespace: "postgres://wh:5432", name: $n) { id } }', { n: name })).dataset?.id)
      const [odd, large] = [await node(nasty), await node(huge)]
      const { runs } = await know('{ runs(first: 10) { nodes { id } } }')
      const ofOne = [odd, large].flatMap((id, i) => [[`asset ${i}`, `/a/${id}`], [`names of asset ${i}`, `/a/${id}?tab=names`], [`lineage of asset ${i}`, `/lineage?focus=${id}&up=3&down=3&sel=${id}`], [`ways to asset ${i}`, `/lineage?focus=${odd}&to=${large}`]])
      assert.ok(runs.nodes.length >= 2, 'both runs are known')
      for (const [name, path] of [...eight.map(([name, path]) => [name, path.split('?')[0]]), ...ofOne, ...runs.nodes.map((r) => ['run', `/r/${r.id}`])]) {
        await page.goto(weir.url + path)
        await page.locator('h1').first().waitFor()
        await page.waitForFunction(() => !document.querySelector('.skeleton'))
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than the window`)
        assert.equal(await page.locator('main img').count(), 0, name)
      }
      await page.goto(`${weir.url}/assets?q=onerror`)
      await page.locator('.grid .name', { hasText: 'img src=x' }).first().click()
      await page.waitForURL('**/a/**')
      await page.locator('h1').first().waitFor()
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
      assert.deepEqual(page.wrong, [])
    } finally {
      await page.context().close()
      await weir.stop()
    }
  })

  await test('a page left open for a day, while weir was killed and started again, shows the truth', async (page) => {
    const weir = await startEmpty()
    try {
      await weir.post('airflow', 1)
      const id = await until('the asset is known', async () => (await asker(weir.url)('{ assets(search: "airflow", filter: { type: DATASET }) { nodes { id } } }')).assets.nodes[0]?.id)
      await page.clock.install()
      await page.goto(`${weir.url}/a/${id}`)
      const versions = page.locator('#versions tbody tr')
      await versions.first().waitFor()
      assert.equal(await versions.count(), 1)
      await page.getByText('live', { exact: true }).waitFor()
      await weir.kill()
      await page.clock.fastForward('24:00:00')
      await page.locator('.stale').waitFor({ timeout: 16_000 })
      assert.equal(await versions.count(), 1, 'it keeps what it had')
      await page.getByText(/last seen (1 d|24 h) ago/).waitFor()
      await weir.again()
      await weir.post('airflow', 2)
      await page.getByText('live', { exact: true }).waitFor({ timeout: 30_000 })
      await page.locator('.stale').waitFor({ state: 'detached' })
      await page.waitForFunction(() => document.querySelectorAll('#versions tbody tr').length === 2)
    } finally {
      await weir.stop()
    }
  })

  // The same by death: its connections are cut, and another process takes its place.
  if (!process.env.WEIR_URL) await test('a weir that was killed: each screen says so within 15 s, keeps what it has, and recovers alone', async () => {
    const weir = await startEmpty()
    const pages = []
    try {
      await weir.post('airflow', 1)
      const id = await until('the asset is known', async () => (await asker(weir.url)('{ dataset(namespace: "postgres://wh:5432", name: "shop.raw.airflow") { id } }')).dataset?.id)
      for (const [name, path, wait] of [['Today', '/', '.number'], ['Assets', '/assets', '.grid [data-row-key]'], ['Lineage', `/lineage?focus=${id}`, 'section.canvas[data-settled] .react-flow__node'], ['Impact', '/impact', '.builder'], ['Timeline', '/timeline', '[data-piece]'], ['Decisions', '/decisions', '#ledger'], ['Policies', '/policies', '#list'], ['System', '/system', '.number'], ['asset', `/a/${id}`, '#versions tbody tr']]) {
        const page = await newPage()
        await page.goto(weir.url + path)
        await drawn(page, wait).catch((e) => { throw new Error(`${name}: ${e.message}`) })
        await page.getByText('live', { exact: true }).waitFor()
        pages.push([name, page, wait])
      }
      await weir.kill()
      await Promise.all(pages.map(async ([name, page, wait]) => {
        await page.locator('.stale').waitFor({ timeout: 16_000 }).catch(() => { throw new Error(`${name} does not say that weir is gone`) })
        assert.ok((await page.locator(wait).count()) > 0, `${name} lost what it had`)
      }))
      await weir.again()
      await Promise.all(pages.map(async ([name, page]) => {
        await page.locator('.stale').waitFor({ state: 'detached', timeout: 30_000 }).catch(() => { throw new Error(`${name} does not recover`) })
        await page.getByText('live', { exact: true }).waitFor({ timeout: 30_000 })
        assert.deepEqual(page.wrong, [], name)
      }))
    } finally {
      for (const [, page] of pages) await page.context().close()
      await weir.stop()
    }
  })

  // ux.md 9.4, on a demo of its own: it is stopped, and goes on.
  if (!process.env.WEIR_URL) await test('a weir that is gone: each screen says so within 15 s, keeps what it has, and recovers alone', async () => {
    const demo = await startWeir(['demo', '--listen', '127.0.0.1:0', '--pace', '0', '--days', '4'])
    const there = asker(demo.url)
    const pages = []
    try {
      await told(there)
      const here = (await there('{ model: dataset(namespace: "sagemaker://sm-eu", name: "model/churn") { id } }')).model.id
      for (const [name, path, wait] of eight) {
        const page = await newPage()
        await page.goto(demo.url + path.replace(model.id, here))
        await drawn(page, wait)
        await page.getByText('live', { exact: true }).waitFor()
        pages.push([name, page, wait])
      }
      demo.freeze()
      await Promise.all(pages.map(async ([name, page, wait]) => {
        await page.locator('.stale').waitFor({ timeout: 16_000 }).catch(() => { throw new Error(`${name} does not say that weir is gone`) })
        assert.ok((await page.locator(wait).count()) > 0, `${name} lost what it had`)
      }))
      demo.thaw()
      await Promise.all(pages.map(async ([name, page]) => {
        await page.locator('.stale').waitFor({ state: 'detached', timeout: 30_000 }).catch(() => { throw new Error(`${name} does not recover`) })
        await page.getByText('live', { exact: true }).waitFor({ timeout: 30_000 })
      }))
    } finally {
      demo.thaw()
      for (const [, page] of pages) await page.context().close()
      await demo.stop()
    }
  })
}
