// The frame around all pages: keys, palette, themes, one stream, the past.
import assert from 'node:assert/strict'

export default async function shell({ url, test, axe }) {
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
