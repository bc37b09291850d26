// The list of assets: search, facets, keys, copies, what is empty.
import assert from 'node:assert/strict'

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

  await test('nothing found: what else can be done', async (page) => {
    await page.goto(`${url}/assets?q=gibtesnicht&owner=team-ml`)
    await page.getByText('Nothing matches.').waitFor()
    await axe(page)
    await page.getByRole('link', { name: 'Clear the search' }).click()
    await rows(page).first().waitFor()
    await page.waitForFunction(() => document.getElementById('search').value === '')
  })

  await test('the list is copied as CSV, and read to its end', async (page) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await open(page)
    await page.getByText('Copy as').click()
    await page.getByRole('button', { name: 'CSV', exact: true }).click()
    const csv = await page.evaluate(() => navigator.clipboard.readText())
    const { assetCounts } = await ask('{ assetCounts { total } }')
    assert.ok(csv.startsWith('Asset,Status,Kind,Owner,Namespace\r\n'))
    assert.equal(csv.trim().split('\r\n').length, Math.min(100, assetCounts.total) + 1)
    await page.locator('.grid').focus()
    await page.keyboard.press('End')
    await page.locator(`[aria-rowindex="${Math.min(100, assetCounts.total) + 1}"]`).waitFor()
    assert.ok((await rows(page).count()) < 70, 'all rows are drawn')
  })
}
