// What people state, done through the page on a server of its own: each shows
// its id and position, is said only once readers see it, and is there after.
import assert from 'node:assert/strict'
import { act, finish, press } from './deeds.mjs'
import { events, startSeeded, warehouse } from './seed.mjs'

export default async function acting({ test, ask: ofDemo, url: demo }) {
  const own = await startSeeded(events([['load', ['shop.raw.a'], ['shop.a']], ['copy', ['shop.old_a'], ['shop.b']], ['shout', ['SHOP.B'], ['shop.c']]]))
  const id = await own.id('shop.a')
  const asset = () => own.ask('query($id: ID!) { node(id: $id) { ... on Dataset { id description owners { name } tags { key value } names { name } statements(first: 20) { nodes { id } } } } }', { id }).then((r) => r.node)
  const names = async () => (await asset()).names.map((n) => n.name)
  try {
    await test('owner, tag and description: done when readers see them, and taken away', async (page) => {
      await page.goto(`${own.url}/a/${id}`)
      const owner = await act(page, 'Add an owner', { 'Owner, for example team:analytics': 'team:shop' })
      assert.deepEqual((await asset()).owners.map((o) => o.name), ['team:shop'], 'at once: the dialog waited for the position')
      await act(page, 'Set a tag', { Key: 'pii', 'Value (may be empty)': 'yes' })
      assert.deepEqual((await asset()).tags, [{ key: 'pii', value: 'yes' }])
      await press(page, 'Describe')
      await finish(page, { Text: 'What was ordered.' })
      const now = await asset()
      assert.equal(now.description, 'What was ordered.')
      assert.ok(now.statements.nodes.some((s) => s.id === owner), 'the id that was shown is the statement')
      await act(page, 'Remove an owner: team:shop', {})
      await act(page, 'Remove a tag: pii', {})
      const { owners, tags } = await asset()
      assert.deepEqual([owners, tags], [[], []])
    })

    await test('names are merged, and one is split off again; another is added and removed', async (page) => {
      await page.goto(`${own.url}/a/${id}?tab=names`)
      const row = (name) => page.getByRole('row', { name: new RegExp(name) })
      const foreseen = page.locator('dialog.confirm .foreseen')
      await page.getByText('Act', { exact: true }).click()
      await press(page, 'Merge with another')
      await foreseen.getByText('Say the other’s name.').waitFor()
      await page.getByLabel('The other’s name', { exact: true }).fill('shop.old_a')
      await foreseen.getByText('It makes one asset of 2 assets.').waitFor()
      await foreseen.locator('li', { hasText: /^Then: .*shop\.a/ }).getByText(/2 edges/).waitFor()
      await finish(page, {}, `${warehouse}/shop.a`)
      assert.ok((await names()).includes('shop.old_a'))
      await row('old_a').getByRole('button', { name: 'Split this name off' }).click()
      await foreseen.getByText('It makes 2 assets of one asset.').waitFor()
      await finish(page, {}, `${warehouse}/shop.old_a`)
      assert.ok(!(await names()).includes('shop.old_a'))
      await act(page, 'Add a name', { Name: 'shop.alias_a' })
      assert.ok((await names()).includes('shop.alias_a'))
      await row('alias_a').getByRole('button', { name: 'Remove this name' }).click()
      await finish(page, {}, `${warehouse}/shop.alias_a`)
      assert.ok(!(await names()).includes('shop.alias_a'))
    })

    await test('names that are probably one are made one', async (page) => {
      await page.goto(`${own.url}/system`)
      const row = page.locator('li', { hasText: 'differ by case' })
      await row.getByText('SHOP.B', { exact: true }).waitFor()
      await row.getByRole('button', { name: 'They are one' }).click()
      const merged = page.locator('dialog.confirm')
      await merged.getByText('It makes one asset of 2 assets.').waitFor()
      const first = /^Type (.*) to go on/.exec(await merged.locator('label').first().innerText())[1]
      await finish(page, {}, first)
      await row.waitFor({ state: 'detached' })
      assert.equal(await own.id('SHOP.B'), await own.id('shop.b'))
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
