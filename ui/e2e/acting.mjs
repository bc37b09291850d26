// What people state, done through the page on a server of its own: each shows
// its id and position, is said only once readers see it, and is there after.
import assert from 'node:assert/strict'
import { newPage } from './browser.mjs'
import { events, startSeeded, warehouse } from './seed.mjs'

export default async function acting({ test, browser, ask: ofDemo, url: demo }) {
  const own = await startSeeded(events([['load', ['shop.raw.a'], ['shop.a']], ['copy', ['shop.old_a'], ['shop.b']]]))
  const id = await own.id('shop.a')
  /** act presses a button of the page, fills the dialog, and gives the id that was written down. */
  const act = async (page, button, fields, target) => {
    await page.getByText('Act', { exact: true }).click()
    await page.locator('main').getByRole('button', { name: button, exact: true }).first().click()
    return finish(page, fields, target)
  }
  const finish = async (page, fields, target) => {
    const dialog = page.getByRole('dialog')
    for (const [label, value] of Object.entries(fields)) await dialog.getByLabel(label, { exact: true }).fill(value)
    const type = dialog.getByLabel(/^Type/)
    if (target) await type.fill(target)
    await dialog.locator('.buttons button').last().click()
    const status = dialog.getByRole('status').last()
    await status.getByText(/at position \d+/).waitFor()
    assert.equal(await dialog.getByText('readers do not see it yet').count(), 0)
    const written = await status.locator('code').first().innerText()
    await dialog.getByRole('button', { name: 'Close' }).click()
    await dialog.waitFor({ state: 'detached' })
    return written
  }
  const asset = () => own.ask('query($id: ID!) { node(id: $id) { ... on Dataset { id description owners { name } tags { key value } names { name } statements(first: 20) { nodes { id } } } } }', { id }).then((r) => r.node)
  try {
    await test('owner, tag and description: done when readers see them', async () => {
      const page = await newPage(browser, own.url)
      await page.goto(`${own.url}/a/${id}`)
      const owner = await act(page, 'Add an owner', { 'Owner, for example team:analytics': 'team:shop' })
      assert.deepEqual((await asset()).owners.map((o) => o.name), ['team:shop'], 'at once: the dialog waited for the position')
      await act(page, 'Set a tag', { Key: 'pii', 'Value (may be empty)': 'yes' })
      assert.deepEqual((await asset()).tags, [{ key: 'pii', value: 'yes' }])
      await act(page, 'Describe', { Text: 'What was ordered.' })
      const now = await asset()
      assert.equal(now.description, 'What was ordered.')
      assert.ok(now.statements.nodes.some((s) => s.id === owner), 'the id that was shown is the statement')
      assert.deepEqual(page.wrong, [])
      await page.context().close()
    })

    await test('names are merged, and one is split off again', async () => {
      const page = await newPage(browser, own.url)
      await page.goto(`${own.url}/a/${id}?tab=names`)
      await act(page, 'Merge with another', { 'The other’s namespace': warehouse, 'The other’s name': 'shop.old_a' }, `${warehouse}/shop.a`)
      assert.ok((await asset()).names.some((n) => n.name === 'shop.old_a'))
      await page.goto(`${own.url}/a/${id}?tab=names`)
      await page.getByRole('row', { name: /shop\.old_a/ }).getByRole('button', { name: 'Split this name off' }).click()
      await finish(page, {}, `${warehouse}/shop.old_a`)
      assert.ok(!(await asset()).names.some((n) => n.name === 'shop.old_a'))
      assert.deepEqual(page.wrong, [])
      await page.context().close()
    })
  } finally {
    await own.stop()
  }

  await test('an address as of a decision shows lineage as it was then, and says so', async (page) => {
    const { decisions } = await ofDemo('{ decisions(first: 50) { nodes { id target { id } } } }')
    const d = decisions.nodes.find((x) => x.target)
    await page.goto(`${demo}/d/${d.id}`)
    await page.getByRole('link', { name: 'Lineage as of then' }).click()
    await page.waitForURL(new RegExp(`asOf=.*${d.id}`))
    await page.getByText('This is as it was on').waitFor()
    await page.getByRole('link', { name: 'This was decided then.' }).waitFor()
    await page.reload()
    await page.getByText('nothing can be started from here').waitFor()
    await page.getByRole('button', { name: 'Back to now' }).click()
    await page.getByText('This is as it was on').waitFor({ state: 'detached' })
    await page.goto(`${demo}/lineage?focus=${d.target.id}&asOf=decision_nothing`)
    await page.getByText('No decision or action has the id').waitFor()
  })
}
