// The page of one asset: its parts, what people say of it, and taking it back.
import assert from 'node:assert/strict'
import { agree, bothThemes } from './browser.mjs'
import { copies } from './copied.mjs'
import { events, startSeeded } from './seed.mjs'
import { told } from './today.mjs'

export default async function asset({ url, test, axe, ask }) {
  const { dataset } = await ask('{ dataset(namespace: "sagemaker://sm-eu", name: "model/churn") { id } }')
  const page0 = `${url}/a/${dataset.id}`

  await test('every part is at its own address', async (page) => {
    for (const [tab, text] of [['runs', 'How long runs took'], ['policy', 'churn-training'], ['decisions', 'Decisions'], ['names', 'Names it goes by'], ['raw', 'Facets as their producers sent them'], ['columns', 'Columns']]) {
      await page.goto(`${page0}?tab=${tab}`)
      await page.getByRole('tabpanel').getByRole('heading', { name: text }).first().waitFor()
      assert.equal(await page.getByRole('tab', { selected: true }).getAttribute('id'), `tab-${tab}`)
    }
  })

  await test('an asset, its runs and its columns are taken along as a command and a question that answer', async (page) => {
    await page.goto(page0)
    await page.locator('.tree li').first().waitFor()
    assert.match((await copies(page, page.locator('.head'), /^weir show 'dataset:sagemaker:\/\/sm-eu\/model\/churn'$/)).printed, /model\/churn/)
    await page.goto(`${page0}?tab=runs`)
    await page.getByRole('grid').locator('[data-row-key]').first().waitFor()
    const runs = await copies(page, page.getByRole('tabpanel'), /^weir runs 'job:.*' --first 100$/)
    assert.ok(runs.data.node.versions.nodes.some((v) => runs.printed.includes(v.run?.runId)))
    await page.goto(`${url}/a/${(await ask('{ dataset(namespace: "postgres://wh:5432", name: "shop.raw.orders") { id } }')).dataset.id}?tab=columns`)
    await page.getByRole('grid').locator('[data-row-key]').first().waitFor()
    assert.ok((await copies(page, page.getByRole('tabpanel'), /^weir query -/)).data.node.fields.nodes.length > 0)
  })

  await test('what keeps it is what Today says keeps it, with whom to ask', async (page) => {
    await told(ask)
    const { attention } = await ask('query($id: ID!) { attention(of: $id) { nodes { cause { name { name } owner says } } } }', { id: dataset.id })
    const { cause } = attention.nodes[0]
    await page.goto(page0)
    const held = page.locator('.head .held')
    await held.getByText('held back by').waitFor()
    await held.getByRole('link', { name: cause.name.name }).waitFor()
    await held.getByText(`ask ${cause.owner}`).waitFor()
    await page.goto(url)
    await page.locator('.causes > li', { hasText: 'model/churn' }).locator('.asset').first().getByText(cause.name.name).waitFor()
  })

  await test('the tabs by keys', async (page) => {
    await page.goto(page0)
    await page.getByRole('tab', { name: 'Overview' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await page.waitForURL('**tab=runs')
    await page.locator('.chart canvas').waitFor()
    await axe(page)
  })

  await test('an owner is added, shown with the id of the statement, and taken back', async (page) => {
    await page.goto(page0)
    await page.getByText('Act', { exact: true }).click()
    await page.getByRole('button', { name: 'Add an owner' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('On', { exact: true }).waitFor()
    await axe(page)
    await page.keyboard.type('<script>alert(1)</script>\u202eteam')
    await agree(page)
    await dialog.getByRole('status').getByText('Written down').waitFor()
    assert.match(await dialog.locator('.id code').innerText(), /\S{8}/)
    await dialog.getByRole('button', { name: 'Close' }).click()
    await page.locator('.head .facts b', { hasText: '<script>alert(1)</script>' }).waitFor()
    await page.goto(`${page0}?tab=names`)
    await page.getByRole('button', { name: 'Take back' }).first().click()
    await dialog.getByRole('button', { name: 'Take back' }).click()
    await dialog.getByRole('status').getByText('Written down').waitFor()
    await dialog.getByRole('button', { name: 'Close' }).click()
    await page.waitForFunction(() => !document.querySelector('.head .facts').innerText.includes('<script>'))
  })

  await test('columns of any letters: keys stand on the row that a screen reader is told of', async (page) => {
    const names = ['名前', '住所', '電話', 'a b', 'a_b', 'a.b']
    const own = await startSeeded(events([['load', [], ['shop.wide'], { 'shop.wide': { schema: { fields: names.map((name) => ({ name, type: 'text' })) } } }]]))
    try {
      page.removeAllListeners('request') // its own weir, not the demo's
      await page.goto(`${own.url}/a/${await own.id('shop.wide')}?tab=columns`)
      const list = page.getByRole('grid', { name: 'Columns' })
      await list.locator('[data-row-key]').nth(names.length - 1).waitFor()
      await list.focus()
      for (const name of names.map((n) => n.replace(".", "\\."))) {
        await page.keyboard.press('ArrowDown')
        const told = await list.evaluate((grid) => document.querySelectorAll(`[id="${grid.getAttribute('aria-activedescendant')}"]`).length === 1 && document.getElementById(grid.getAttribute('aria-activedescendant')).textContent)
        assert.ok(told && new RegExp(`^\\d${name}text`).test(told), `on ${name} a reader is told ${told}`)
      }
    } finally {
      await own.stop()
    }
  })

  await test('a column of a wide table is found and sorted wherever it lies', async (page) => {
    const fields = Array.from({ length: 500 }, (_, i) => ({ name: `col_${String(i).padStart(4, '0')}`, type: i === 499 ? 'aaa' : 'text' }))
    const own = await startSeeded(events([['make_wide', ['shop.raw.wide'], ['shop.wide'], { 'shop.wide': { schema: { fields } } }]]))
    try {
      page.removeAllListeners('request') // its own weir, not the demo's
      const list = page.getByRole('grid')
      await page.goto(`${own.url}/a/${await own.id('shop.wide')}?tab=columns&find=col_0450`)
      await list.getByText('col_0450').waitFor()
      assert.equal(await list.getAttribute('aria-rowcount'), '2')
      assert.equal((await copies(page, page.getByRole('tabpanel'), /^weir query -/)).data.node.fields.totalCount, 1)
      const find = page.getByRole('searchbox', { name: 'Find a column' })
      await find.fill('no such')
      await page.getByText('No column matches').waitFor()
      await bothThemes(page, () => axe(page))
      await find.fill('')
      await page.getByText('200 of 500 columns read').waitFor()
      await page.getByRole('columnheader', { name: 'Type' }).getByRole('button').click()
      await list.locator('[data-row-key]').first().getByText('col_0499').waitFor()
      assert.equal(await page.getByText('columns read').count(), 0)
      await page.goto(`${own.url}/lineage?focus=${await own.id('shop.wide')}&band=COLUMN`)
      await page.locator('.outline button', { hasText: 'shop.wide' }).click()
      await page.getByText('200 of 500 columns read').waitFor()
      await page.getByRole('searchbox', { name: 'Search its columns' }).fill('COL_0450')
      await page.locator('.member-list button', { hasText: 'col_0450' }).click()
      await page.waitForURL(/col=col_0450/)
      await page.getByRole('searchbox', { name: 'Search its columns' }).fill('no such')
      await page.locator('.drawer [data-state=filtered]').waitFor()
    } finally {
      await own.stop()
    }
  })

  await test('what lies beside an asset is counted, and listed to the end', async (page) => {
    const own = await startSeeded(events([...Array.from({ length: 130 }, (_, i) => [`read_${String(i).padStart(3, '0')}`, ['shop.hub'], []]), ['load', [], ['shop.hub']]]))
    try {
      page.removeAllListeners('request') // its own weir, not the demo's
      await page.goto(`${own.url}/a/${await own.id('shop.hub')}`)
      const pane = page.locator('#read-by')
      await pane.getByText('130', { exact: true }).waitFor()
      assert.equal(await pane.locator('li').count(), 10)
      await pane.getByRole('button', { name: 'Show all 130' }).click()
      const list = pane.getByRole('grid')
      await list.getByText('read_000').waitFor()
      assert.equal(await list.getAttribute('aria-rowcount'), '131')
      assert.equal((await copies(page, pane, /^weir query -[^]*consumers\(first: 100\)/)).data.node.consumers.totalCount, 130)
      await bothThemes(page, () => axe(page))
      await page.reload()
      await list.getByText('read_000').waitFor()
      await list.focus()
      await page.keyboard.press('End')
      await pane.getByText(/hidden/).waitFor({ state: 'detached' })
      await page.keyboard.press('End')
      await list.getByText('read_129').waitFor()
      await pane.getByRole('button', { name: 'Show fewer' }).click()
      await list.waitFor({ state: 'detached' })
      assert.equal(await pane.locator('li').count(), 10)
      assert.equal(await page.locator('#made-by').getByRole('button').count(), 0, 'one is not more than is shown')
    } finally {
      await own.stop()
    }
  })
}
