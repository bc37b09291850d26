// The list of assets: search, facets, keys, copies, what is empty.
import assert from 'node:assert/strict'
import { copies } from './copied.mjs'
import { readFileSync } from 'node:fs'
import { until } from './browser.mjs'
import { events } from './seed.mjs'

export default async function assets({ url, test, axe, ask }) {
  const rows = (page) => page.locator('.grid-body [role=row]')
  const open = async (page, path = '/assets') => {
    await page.goto(url + path)
    await rows(page).first().waitFor()
  }

  for (const colorScheme of ['light', 'dark']) {
    await test(`the list, ${colorScheme}`, async (page) => {
      await open(page)
      await axe(page)
    }, { colorScheme })
  }

  await test('search as you type, then down, Enter, and back to the same place', async (page) => {
    await open(page)
    await page.waitForFunction(() => document.activeElement?.id === 'search')
    await page.keyboard.type('email')
    await page.waitForURL('**/assets?q=email')
    await page.getByText('column email').first().waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('j')
    const name = await page.locator('[aria-selected=true] .name').innerText()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/a/*')
    await page.getByRole('heading', { level: 1, name }).waitFor()
    await page.goBack()
    await page.getByText('column email').first().waitFor()
    assert.equal(await page.locator('#search').inputValue(), 'email')
  })

  await test('facets narrow, say how many, and are in the address', async (page) => {
    await open(page)
    const owner = page.getByRole('navigation', { name: 'Narrow' }).getByRole('button', { name: /team-ml/ })
    const n = Number((await owner.innerText()).split('\n').at(-1))
    await owner.click()
    await page.getByText(`${n} assets`, { exact: true }).waitFor()
    await page.waitForURL('**owner=team-ml**')
    await page.reload()
    await page.getByText(`${n} assets`, { exact: true }).waitFor()
    const told = await ask('{ assetCounts(filter: {owner: "team-ml"}) { total } }')
    assert.equal(told.assetCounts.total, n)
    await page.getByRole('button', { name: 'Take away: team-ml' }).click()
    await page.waitForURL((u) => !u.search.includes('owner'))
  })

  await test('a status says of rows what it says of the list, of data and jobs; the last run of a job has a column of its own', async (page) => {
    const { assetCounts } = await ask('{ assetCounts { by { property values { value count } } } }')
    const values = (property) => assetCounts.by.find((b) => b.property === property).values
    for (const { value, count } of values('STATE')) {
      await open(page, `/assets?state=${value}`)
      await page.getByText(`${count} asset`).first().waitFor()
      const chips = await page.locator('.grid-body [role=gridcell]:nth-child(2)').allInnerTexts()
      assert.deepEqual(new Set(chips).size, 1, `${value}: ${chips}`)
      assert.notEqual(chips[0].trim(), '')
    }
    await open(page, '/assets?type=JOB')
    await page.getByRole('columnheader', { name: 'Last run' }).waitFor()
    await page.getByRole('gridcell', { name: 'succeeded' }).first().waitFor()
    await open(page, '/assets?type=DATASET')
    assert.equal(await page.getByRole('columnheader', { name: 'Last run' }).count(), 0)
    assert.ok(values('MODE').length > 1)
  })

  await test('what policies of a mode select is narrowed to', async (page) => {
    await open(page)
    const { assetCounts } = await ask('{ assetCounts(filter: {modes: [ACT]}) { total } }')
    await page.locator('.facets section', { hasText: 'Policy mode' }).getByRole('button', { name: /^act\b/ }).first().click()
    await page.waitForURL('**mode=ACT**')
    await page.getByText(`${assetCounts.total} assets`, { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Take away: act' }).click()
    await page.waitForURL((u) => !u.search.includes('mode'))
  })

  await test('jobs whose last run failed are narrowed to, as many as are counted, and by command', async (page) => {
    const [event] = events([['fails_at_last', [], []]])
    await fetch(`${url}/api/v1/lineage`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ...event, eventType: 'FAIL' }) })
    const { failed, all } = await until('a job whose last run failed', async () => {
      const told = await ask('{ failed: assetCounts(filter: {lastRunFailed: true}) { total } all: assets(filter: {type: JOB}, first: 200) { nodes { ... on Job { latestRun { state } } } } }')
      return told.failed.total > 0 && told
    })
    await open(page)
    assert.equal(all.nodes.filter((j) => j.latestRun?.state === 'FAILED').length, failed.total)
    await page.locator('.facets section', { hasText: 'Last run of a job' }).getByRole('button', { name: /^failed/ }).click()
    await page.waitForURL('**run=FAILED**')
    await page.getByText(failed.total === 1 ? '1 asset' : `${failed.total} assets`, { exact: true }).waitFor()
    await page.getByRole('columnheader', { name: 'Last run' }).waitFor()
    assert.equal(await page.locator('.grid-body').getByRole('gridcell', { name: 'failed' }).count(), failed.total)
    await page.getByRole('button', { name: 'Take away: failed' }).click()
    await page.waitForURL((u) => !u.search.includes('run='))
  })

  await test('what is found comes best first, or by name', async (page) => {
    await open(page, '/assets?q=orders')
    const names = async () => (await ask('query($o: AssetOrder) { assets(search: "orders", orderBy: $o, first: 3) { nodes { name { name } } } }', { o: new URL(page.url()).searchParams.has('sort') ? 'NAME' : 'RELEVANCE' })).assets.nodes.map((n) => n.name.name)
    const best = await names()
    await page.getByLabel('Order').selectOption('by name')
    await page.waitForURL('**sort=name**')
    const sorted = await names()
    assert.notDeepEqual(sorted, best)
    await page.waitForFunction((first) => document.querySelector('.grid-body [aria-rowindex="2"] .name')?.textContent === first, sorted[0])
    await page.reload()
    await page.waitForFunction((first) => document.querySelector('.grid-body [aria-rowindex="2"] .name')?.textContent === first, sorted[0])
    await page.getByLabel('Order').selectOption('best first')
    await page.waitForURL((u) => !u.search.includes('sort'))
    await page.waitForFunction((first) => document.querySelector('.grid-body [aria-rowindex="2"] .name')?.textContent === first, best[0])
  })

  await test('nothing found: what else can be done', async (page) => {
    await page.goto(`${url}/assets?q=gibtesnicht&owner=team-ml`)
    await page.getByText('Nothing matches.').waitFor()
    await axe(page)
    await page.getByRole('link', { name: 'Clear the search' }).click()
    await rows(page).first().waitFor()
    await page.waitForFunction(() => document.getElementById('search').value === '')
  })

  await test('all that was found is copied, as CSV and JSON, also what is not read yet', async (page) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    let pages = 0
    await page.route('**/graphql', async (route) => {
      const body = route.request().postDataJSON()
      if (!body.query.includes('query Assets(')) return route.continue()
      if (body.variables.first === 200) pages++
      body.variables.first = Math.min(30, body.variables.first) // short pages: the list has several
      await route.continue({ postData: JSON.stringify(body) })
    })
    await open(page)
    const { assetCounts } = await ask('{ assetCounts { total } }')
    const clip = () => page.evaluate(() => navigator.clipboard.readText())
    await page.getByText('Copy all found as').click()
    await page.getByRole('button', { name: 'CSV', exact: true }).click()
    await page.getByText('Copied').first().waitFor()
    const csv = await clip()
    assert.ok(csv.startsWith('Asset,Status,Last run,Kind,Owner,Namespace\r\n'))
    assert.equal(csv.trim().split('\r\n').length, assetCounts.total + 1)
    await page.getByText('Copied').first().waitFor({ state: 'detached' })
    await page.getByText('Copy all found as').click()
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save CSV' }).click()])
    assert.match(file.suggestedFilename(), /\.csv$/)
    assert.equal(readFileSync(await file.path(), 'utf8'), csv)
    assert.ok(pages > 1, `${pages} pages were read`)
    await page.getByText('Copied').first().waitFor({ state: 'detached' })
    await page.getByText('Copy all found as').click()
    await page.getByRole('button', { name: 'JSON', exact: true }).click()
    await page.getByText('Copied').first().waitFor()
    assert.equal(JSON.parse(await clip()).length, assetCounts.total)
  })

  await test('a search and a state are taken along as a command and a question that answer', async (page) => {
    await open(page, '/assets?q=orders&type=DATASET')
    await rows(page).first().waitFor()
    const found = await copies(page, page.locator('.title'), /^weir search --type 'dataset' -- 'orders'$/)
    assert.ok(found.printed.includes(found.data.assets.edges[0].node.name.name))
    await open(page, '/assets?state=FRESH')
    await copies(page, page.locator('.title'), /^weir query -[^]*states: \[FRESH\]/)
  })

  await test('the list is read to its end', async (page) => {
    await open(page)
    const { assetCounts } = await ask('{ assetCounts { total } }')
    await page.locator('.grid').focus()
    await page.keyboard.press('End')
    await page.locator(`[aria-rowindex="${Math.min(100, assetCounts.total) + 1}"]`).waitFor()
    assert.ok((await rows(page).count()) < 70, 'all rows are drawn')
  })

  await test('a search is saved under a name, found again by keys, and forgotten', async (page) => {
    await open(page, '/assets?q=orders&owner=team-analytics')
    const menu = page.locator('.views')
    await menu.locator('summary').click()
    await menu.getByText('Kept by this browser only').waitFor()
    await axe(page)
    await menu.getByLabel('Name of this search').fill('ours <i>& mine</i>')
    await page.keyboard.press('Enter')
    await menu.locator('summary', { hasText: 'ours <i>& mine</i>' }).waitFor()
    await page.goto(`${url}/assets`)
    await rows(page).first().waitFor()
    await menu.locator('summary').focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/assets?q=orders&owner=team-analytics')
    assert.equal(await page.locator('#search').inputValue(), 'orders')
    await menu.locator('summary').click()
    await menu.getByRole('button', { name: 'Forget ours' }).click()
    await menu.getByText('Searches that you save are listed here.').waitFor()
    await page.reload()
    await menu.locator('summary', { hasText: 'Saved views' }).waitFor()
  })

  await test('the first letter asks at once, and a newer question ends the older', async (page) => {
    await open(page)
    const asked = []
    page.on('request', (r) => r.postData()?.includes('query Assets(') && asked.push(r.postDataJSON().variables.q))
    let held = []
    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('query Assets(')) return route.continue()
      await new Promise((r) => held.push(r))
      await route.continue().catch(() => {}) // ended by then
    })
    const failed = []
    page.on('requestfailed', (r) => r.postData()?.includes('query Assets(') && failed.push(r.postDataJSON().variables.q))
    await page.keyboard.type('o')
    const until = async (what) => {
      const end = Date.now() + 15_000
      while (!what() && Date.now() < end) await page.waitForTimeout(20)
      assert.ok(what(), JSON.stringify({ asked, failed }))
    }
    await until(() => asked.length === 1)
    assert.deepEqual(asked, ['o'])
    await page.keyboard.type('rders')
    await until(() => asked.at(-1) === 'orders' && failed.includes('o'))
    assert.ok(asked.length < 6, `each letter asked: ${asked}`)
    held.forEach((go) => go())
    await page.waitForURL('**/assets?q=orders')
    held = { push: (go) => go() }
    await page.waitForFunction(() => !document.querySelector('section[aria-busy]'))
    await page.locator('.grid .name', { hasText: 'orders' }).first().waitFor()
  })
}
