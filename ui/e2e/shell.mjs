// The frame around all pages: keys, palette, themes, one stream, the past.
import assert from 'node:assert/strict'
import { until } from './browser.mjs'
import { received, SCRIPT, whole } from './measure.mjs'

export default async function shell({ url, test, axe, ask }) {
  await test('the palette finds a page, an asset and a verb, by keys alone', async (page) => {
    await page.goto(url)
    await page.locator('.number').first().waitFor()
    await page.keyboard.press('/')
    const box = page.getByRole('dialog').getByRole('combobox')
    await box.waitFor()
    await axe(page)
    await page.keyboard.type('decis')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/decisions')
    await page.keyboard.press('Control+k')
    await box.waitFor()
    await page.keyboard.type('model/churn')
    await page.getByRole('option', { name: 'model/churn sagemaker://sm-eu' }).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/a/*')
    await page.keyboard.press('/')
    await page.keyboard.type('theme dark')
    await page.getByRole('option', { name: 'Theme: dark' }).waitFor()
    await page.keyboard.press('Enter')
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark')
    await page.reload()
    await page.locator('h1').first().waitFor()
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), 'dark')
  })

  await test('the palette finds the last run of a job, and what has an id', async (page) => {
    const { assets } = await until('a job has run', async () => {
      const found = await ask('{ assets(search: "ingest_payments", filter: {type: JOB}, first: 8) { nodes { name { name } ... on Job { latestRun { id } } } } }')
      return found.assets.nodes[0]?.latestRun && found
    })
    const { name, latestRun } = assets.nodes[0]
    await page.goto(`${url}/decisions`)
    await page.locator('.grid').first().waitFor()
    await page.keyboard.press('/')
    const box = page.getByRole('dialog').getByRole('combobox')
    await box.fill('ingest_payments')
    await page.getByRole('option', { name: `Last run of ${name.name} ` }).first().click()
    await page.waitForURL('**/r/run_*')
    await page.getByRole('heading', { level: 1 }).first().waitFor()
    await page.keyboard.press('/')
    await box.fill(latestRun.id)
    await page.getByRole('option', { name: 'Open run_' }).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/r/${latestRun.id}`)
  })

  await test('the script of the first page comes packed, and within its budget as the browser receives it', async (page) => {
    await page.goto(url)
    await whole(page, '.number')
    const { sent, unpacked } = await received(page)
    assert.ok(sent <= SCRIPT, `${sent} bytes of script are sent`)
    assert.ok(sent < unpacked / 2, `${sent} bytes are sent of ${unpacked}`)
  })

  await test('who types at once after / loses no key', async (page) => {
    await page.goto(url)
    await page.locator('.number').first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('churn')
    assert.equal(await page.getByRole('dialog').getByRole('combobox').inputValue(), 'churn')
  })

  await test('the navigation stands still from page to page, on one line at 200 % zoom, the theme at hand', async (page) => {
    await page.setViewportSize({ width: 640, height: 360 })
    await page.goto(url)
    const links = page.getByRole('navigation').getByRole('link')
    await links.first().waitFor()
    const places = () => links.evaluateAll((all) => all.map((a) => [a.offsetLeft, a.offsetTop, a.offsetWidth].join()).join(' '))
    const first = await places()
    assert.equal(new Set(await links.evaluateAll((all) => all.map((a) => a.offsetTop))).size, 1, first)
    for (const name of await links.allInnerTexts()) {
      await links.getByText(name, { exact: true }).click()
      await page.locator('nav [aria-current]', { hasText: name }).waitFor()
      assert.equal(await places(), first, name)
    }
    await page.getByRole('button', { name: 'Theme: as the system' }).waitFor()
  })

  await test('help lists what works, Esc closes it, g leads to pages, and history leads back', async (page) => {
    await page.goto(url)
    await page.locator('.number').first().waitFor()
    await page.keyboard.press('?')
    await page.locator('.help').getByText('go to Decisions').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.help').waitFor({ state: 'detached' })
    await page.keyboard.press('g')
    await page.keyboard.press('a')
    await page.waitForURL('**/assets')
    await page.goBack()
    await page.locator('.number').first().waitFor()
  })

  await test('help lists every key that works, on each page those of its own', async (page) => {
    const { model } = await ask('{ model: dataset(namespace: "sagemaker://sm-eu", name: "model/churn") { id } }')
    const everywhere = ['/', '.', '?', 'Escape', ...['t', 'a', 'l', 'i', 'r', 'd', 'p', 's'].map((k) => `g ${k}`)]
    const rows = ['j', 'k', 'o']
    for (const [path, wait, own] of [
      ['/', '.number', []], ['/assets', '[data-row-key]', ['j', 'k']], [`/a/${model.id}`, '.tree li', []], ['/decisions', '[data-row-key]', ['j', 'k']], ['/system', '#quarantine', []],
      ['/timeline', '[data-piece]', ['[', ']']], [`/lineage?focus=${model.id}`, 'section.canvas[data-settled]', ['u', 'd', 'f', 'p', 'c', '[', ']', 'Enter', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown']],
    ]) {
      await page.goto(url + path)
      await page.locator(wait).first().waitFor()
      await page.evaluate(() => document.activeElement?.blur()) // a search that has the focus is written into
      await page.keyboard.press('?')
      await page.locator('.help').waitFor()
      const listed = await page.locator('.help kbd').allInnerTexts()
      assert.equal(new Set(listed).size, listed.length, `${path}: one twice`)
      for (const key of [...everywhere, ...own]) assert.ok(listed.includes(key), `${path}: ${key} is not among ${listed}`)
      const others = listed.filter((k) => ![...everywhere, ...own, ...rows].includes(k))
      assert.deepEqual(others, [], `${path} lists what is not known here`)
      for (const what of await page.locator('.help > span').allInnerTexts()) assert.match(what, /\S+ \S+/)
    }
  })

  await test('two pages of one browser share a stream', async (page) => {
    const streams = async () => Number(/\nweir_http_streams (\d+)/.exec(await (await fetch(`${url}/metrics`)).text())[1])
    const until = async (n) => {
      const end = Date.now() + 15_000
      while ((await streams()) !== n && Date.now() < end) await page.waitForTimeout(100)
      assert.equal(await streams(), n)
    }
    await until(0)
    await page.goto(url)
    await page.getByText('live', { exact: true }).waitFor()
    const second = await page.context().newPage()
    await second.goto(`${url}/assets`)
    await second.getByText('live', { exact: true }).waitFor()
    assert.equal(await streams(), 1)
    await second.close()
  })

  await test('a page of the version before says so', async (page) => {
    await page.route((u) => u.pathname === '/', async (route) => {
      if (route.request().resourceType() === 'document') return route.continue()
      await route.fulfill({ contentType: 'text/html', body: '<script type="module" src="/assets/index-another1.js"></script>' })
    })
    await page.goto(url)
    await page.getByText('weir was upgraded').waitFor()
    await page.getByRole('button', { name: 'Reload' }).waitFor()
  })

  await test('an address that is no page, and an asset that is none', async (page) => {
    await page.goto(`${url}/nowhere`)
    await page.getByText('No such page').waitFor()
    await page.goto(`${url}/a/asset_nothing`)
    await page.getByText('No asset has this id.').waitFor()
  })
}
