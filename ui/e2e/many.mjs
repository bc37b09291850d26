// Lists that hold only the first of very many: each says how many there are, and
// leads to all of them.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asker, bothThemes, startWeir, until } from './browser.mjs'
import { events, warehouse } from './seed.mjs'

const MANY = 210
const name = (i) => `fresh-${String(i).padStart(3, '0')}`
const table = (i) => `shop.t${String(i).padStart(3, '0')}`
const policy = (i) => `---
kind: Policy
name: ${name(i)}
owner: team-shop
mode: observe
select: { asset: "dataset:${warehouse}/${table(i)}" }
want: { max_age: 6h }
`

export default async function many({ test, axe }) {
  const dir = mkdtempSync(join(tmpdir(), 'weir-many-'))
  mkdirSync(join(dir, 'policies'))
  writeFileSync(join(dir, 'policies', 'p.yaml'), Array.from({ length: MANY }, (_, i) => policy(i)).join(''))
  const weir = await startWeir(['serve', '--listen', '127.0.0.1:0', '--data', join(dir, 'data'), '--policies', join(dir, 'policies')])
  const ask = asker(weir.url)
  const last = name(MANY - 1)
  try {
    const r = await fetch(`${weir.url}/api/v1/lineage/batch`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(events([...Array.from({ length: MANY }, (_, i) => [`load_${i}`, [], [table(i)]]), ['fan', Array.from({ length: 150 }, (_, i) => table(i)), []]])) })
    assert.ok(r.ok, `refused: ${r.status}`)
    await until('the last policy has decided', async () => (await ask('query($p: String!) { decisions(policy: $p, first: 1) { nodes { id } } }', { p: last })).decisions.nodes.length > 0)

    await test('200 of 210 policies are listed as a filter: the name of any is typed', async (page) => {
      await page.goto(`${weir.url}/decisions`)
      const box = page.getByRole('combobox', { name: 'Policy' })
      await box.waitFor()
      assert.equal(await page.locator('#ledger .filters form').innerText(), `200 of ${MANY} are listed: type the name of any`)
      assert.equal(await page.locator('#policy-names option').count(), 200)
      await bothThemes(page, () => axe(page))
      await box.fill(last)
      await page.keyboard.press('Enter')
      await page.waitForURL(`**/decisions?policy=${last}`)
      const rows = page.locator('#ledger [data-row-key]')
      await rows.first().waitFor()
      for (const row of await rows.allInnerTexts()) assert.match(row, new RegExp(last))
      await page.reload()
      await rows.first().waitFor()
      assert.equal(await box.inputValue(), last)
      await box.fill('no-such-policy')
      await page.keyboard.press('Enter')
      await page.getByText('Nothing fits these filters.').waitFor()
      await page.getByRole('button', { name: 'Show all' }).click()
      await page.waitForURL('**/decisions')
      await rows.first().waitFor()
    })

    await test('of 210 policies 10 are hidden until the reader comes to them; one of the last is opened by its address', async (page) => {
      await page.goto(`${weir.url}/policies`)
      const list = page.getByRole('grid', { name: 'Policies' })
      await list.locator('[data-row-key]').first().waitFor()
      assert.equal(await list.getAttribute('aria-rowcount'), String(MANY + 1))
      await page.locator('#list').getByText('10 hidden').waitFor()
      const menu = page.locator('#list .menu')
      await menu.locator('summary').click()
      await menu.getByText('Not all: the 200 rows that the page has read.').waitFor()
      await axe(page)
      const [file] = await Promise.all([page.waitForEvent('download'), menu.getByRole('button', { name: 'Save CSV' }).click()])
      assert.equal(file.suggestedFilename(), 'policies-part.csv')
      await list.focus()
      await page.keyboard.press('End')
      await page.locator('#list').getByText('10 hidden').waitFor({ state: 'detached' })
      await page.keyboard.press('End')
      await list.getByText(last).waitFor()
      await menu.locator('summary').click()
      assert.equal(await menu.getByText('Not all').count(), 0)
      await page.goto(`${weir.url}/policies?name=${last}`)
      await page.getByRole('heading', { level: 2, name: last }).waitFor()
    })

    await test('of what is wrong Today lists the worst and says of how many', async (page) => {
      const { attention } = await ask('{ attention(first: 50) { totalCount nodes { id } } }')
      assert.ok(attention.totalCount > attention.nodes.length, `${attention.nodes.length} of ${attention.totalCount}`)
      await page.goto(weir.url)
      const rows = page.locator('.causes > li')
      await rows.first().waitFor()
      await page.getByText(new RegExp(`the ${await rows.count()} worst of ${attention.totalCount} causes are listed`)).waitFor()
      await bothThemes(page, () => axe(page))
    })

    await test('assets: those read of all, the rest as one goes down', async (page) => {
      const { assetCounts } = await ask('{ assetCounts { total } }')
      await page.goto(`${weir.url}/assets`)
      await page.getByText(`of ${assetCounts.total} read; the rest follows as you go down`).waitFor()
    })
  } finally {
    await weir.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}
