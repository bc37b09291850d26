// Policies: how they stand, and a change of them planned, refused, put in force
// and rolled back through the page.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { agree, bothThemes, startWeir, until } from './browser.mjs'
import { copies } from './copied.mjs'

const event = (n) => ({ eventType: 'COMPLETE', eventTime: new Date().toISOString(), run: { runId: `0199a1f0-0000-7000-8000-00000000000${n}` }, job: { namespace: 'prod', name: 'load' }, outputs: [{ namespace: 'postgres://wh:5432', name: 'shop.raw.orders' }], producer: 'https://example.com/test', schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json' })
const policy = (hours) => `apiVersion: weir.dev/v1
kind: Policy
name: orders
owner: team-shop
mode: observe
select: { asset: "dataset:postgres://wh:5432/shop.raw.orders" }
want: { max_age: ${hours}h }
`

export default async function policies({ url, test, axe, out }) {
  await test('policies stand as they do, one is opened by keys, and the address says which', async (page) => {
    await page.goto(`${url}/policies`)
    await page.locator('[data-row-key]').nth(1).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/policies?name=customers-fresh')
    await page.getByRole('tab', { name: 'What it says' }).click()
    await page.locator('pre', { hasText: 'customers-fresh' }).waitFor()
    await page.getByRole('tab', { name: 'Change' }).click()
    await page.getByText('This server reads its policies from a directory').first().waitFor()
    await page.screenshot({ path: `${out}policies.png` })
  })

  await test('policies, how one stands and what it would have done are taken along as a command and a question that answer', async (page) => {
    await page.goto(`${url}/policies?name=score-customers`)
    await page.locator('#stands [data-row-key]').first().waitFor()
    const all = await copies(page, page.locator('#list'), /^weir query - <<'GRAPHQL'\nquery Policies \{/)
    assert.ok(all.data.policies.nodes.some((p) => p.name === 'score-customers') && all.printed.includes('score-customers'))
    await copies(page, page.locator('#stands'), /^weir late --all --policy 'score-customers' --first 200$/)
    await page.goto(`${url}/policies?name=score-customers&tab=shadow`)
    await page.locator('#shadow .share').waitFor()
    assert.match((await copies(page, page.locator('#shadow'), /^weir shadow 'score-customers' --first 100$/)).printed, /score-customers/)
    await page.goto(`${url}/policies?tab=versions`)
    await page.locator('#versions').waitFor()
    await copies(page, page.locator('#versions'), /^weir rollback --list$/)
  })

  await test('a policy is compared with what happened, or the page says why not', async (page) => {
    await page.goto(`${url}/policies?tab=shadow&name=customers-fresh`)
    await page.locator('#shadow').getByText(/said nothing in shadow/).waitFor()
    await page.goto(`${url}/policies?tab=shadow&name=score-customers`)
    await page.locator('#shadow .share').waitFor()
    assert.match(await page.locator('#shadow .share').getAttribute('aria-label'), /1 agreed, .*1 run saved/)
    assert.match(await page.locator('#shadow .legend').innerText(), /agreed 1[^]*run saved 1/)
    await page.screenshot({ path: `${out}shadow.png`, fullPage: true })
    await bothThemes(page, () => axe(page))
  })

  await test('14 days are lived through again by the text in the editor; it is stopped, and says what would be', async (page) => {
    await page.goto(`${url}/policies?tab=edit`)
    const text = page.locator('.editor textarea')
    await text.fill((await text.inputValue()).replace(/^mode: act$/m, 'mode: observe'))
    let held = true // a demo is lived through before a hand is at the button
    await page.route('**/graphql', (route) => {
      if (!held || !/simulation/.test(route.request().postData() ?? '')) return route.continue()
    })
    await page.getByRole('button', { name: 'Simulate 14 days' }).click()
    await page.getByRole('status').getByText(/Living through the last 14 days/).waitFor()
    held = false
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await page.getByText(/Living through/).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Simulate 14 days' }).click()
    const result = page.getByRole('region', { name: 'The last 14 days' })
    await result.getByText(/of 14.0 days lived through/).waitFor({ timeout: 60_000 })
    await result.locator('[data-row-key]').first().waitFor()
    assert.match(await result.innerText(), /slot hours/i)
    await page.getByRole('button', { name: 'By owner' }).click()
    await result.locator('[data-row-key]').first().waitFor()
    await page.screenshot({ path: `${out}simulation.png`, fullPage: true })
    await axe(page)
    await text.fill('nonsense: [')
    await page.getByRole('alert').getByText(/error/).first().waitFor() // said while one types, before anything is pressed
    assert.equal(await text.getAttribute('aria-invalid'), 'true')
    await page.getByRole('button', { name: 'Simulate 14 days' }).click()
    await page.getByRole('alert').getByText(/error/).first().waitFor()
  })

  const data = mkdtempSync(join(tmpdir(), 'weir-policies-'))
  const own = await startWeir(['serve', '--data', join(data, 'd'), '--listen', '127.0.0.1:0'])
  try {
    await fetch(`${own.url}/api/v1/lineage`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(event(1)) })
    await test('errors are shown at their lines; a plan is put in force by its hash, and taken back', async (page) => {
      await page.goto(`${own.url}/policies`)
      await page.getByText('No policy is in force').waitFor()
      const area = page.getByRole('textbox', { name: /^Text of/ })
      await area.fill(policy(6).replace('mode:', 'mod:'))
      await page.getByRole('button', { name: 'Plan', exact: true }).click()
      await page.locator('.faults.bad', { hasText: 'E101' }).waitFor()
      await page.locator('.editor li.bad', { hasText: /^5$/ }).waitFor()
      await axe(page)
      await page.screenshot({ path: `${out}policies-faults.png` })
      await area.fill(policy(6))
      await page.getByRole('button', { name: 'Plan', exact: true }).click()
      await page.getByText('What would change').waitFor()
      await page.locator('.outlook').first().waitFor()
      await bothThemes(page, () => axe(page))
      await page.screenshot({ path: `${out}policies-plan.png`, fullPage: true })
      await area.fill(policy(7))
      await page.getByText('The text has changed since').waitFor()
      assert.ok(await page.getByRole('button', { name: 'Apply this plan' }).isDisabled())
      await page.getByRole('button', { name: 'Plan', exact: true }).click()
      await apply(page, 'the first', axe)
      await page.locator('[data-row-key="orders"]').waitFor()
      await page.goto(`${own.url}/policies?tab=edit`)
      await area.fill(policy(9))
      await page.getByRole('button', { name: 'Plan', exact: true }).click()
      await page.locator('.diff', { hasText: 'want' }).waitFor()
      await apply(page, 'more time', axe)
      await page.getByRole('tab', { name: 'Versions' }).click()
      await page.getByText('version 2', { exact: true }).waitFor()
      await axe(page)
      await page.getByRole('button', { name: 'Roll back to this' }).click()
      const dialog = page.getByRole('dialog')
      await bothThemes(page, () => axe(page))
      await dialog.getByLabel(/^Why/).fill('it was better before')
      await agree(page)
      await dialog.getByText('In force as version 3.').waitFor()
      await page.keyboard.press('Escape')
      await page.getByText('version 1 again').waitFor()
      await page.goto(`${own.url}/policies?tab=edit`)
      await area.fill(policy(6).replace('mode: observe', 'mode: gate'))
      await page.getByRole('button', { name: 'Plan', exact: true }).click()
      await page.locator('.diff', { hasText: 'mode' }).waitFor()
      await apply(page, 'it may hold', axe)
      const row = page.locator('[data-row-key="orders"]')
      await row.getByText('gate from').waitFor()
      await page.getByText('Its mode rose: it does what mode shadow does until').waitFor()
      await bothThemes(page, () => axe(page))
      await page.screenshot({ path: `${out}policies-trial.png` })
    })

    await test('what was typed stays behind other tabs and policies; a fault is gone to in its file; who leaves is asked', async (page) => {
      await page.goto(`${own.url}/policies?tab=edit`)
      const first = page.getByRole('textbox', { name: 'Text of policies.yaml' })
      await first.fill(policy(5))
      await page.getByRole('tab', { name: 'What it says' }).click()
      await page.locator('pre', { hasText: 'name: orders' }).waitFor()
      await page.getByRole('tab', { name: 'Change' }).click()
      assert.equal(await first.inputValue(), policy(5))
      await page.getByLabel('Path of the new file').fill('more.yaml')
      await page.getByRole('button', { name: 'New file' }).click()
      const more = page.getByRole('textbox', { name: 'Text of more.yaml' })
      await more.fill(policy(3).replace('name: orders', 'name: more').replace('mode:', 'mod:'))
      const fault = page.locator('.faults.bad').getByRole('button', { name: /^more.yaml line 5/ })
      await fault.waitFor()
      await page.locator('.change select').selectOption('policies.yaml')
      await first.waitFor()
      await fault.click()
      await more.waitFor()
      await until('the line is selected', () => more.evaluate((a) => document.activeElement === a && a.value.slice(a.selectionStart, a.selectionEnd) === 'mod: observe'))
      await page.locator('[data-row-key="orders"]').click()
      await first.waitFor()
      assert.doesNotMatch(page.url(), /file=/)
      assert.equal(await first.inputValue(), policy(5))
      const today = page.getByRole('navigation').getByRole('link', { name: 'Today' })
      const asks = page.getByRole('dialog', { name: 'Leave your changes?' })
      await today.click()
      await axe(page)
      await asks.getByRole('button', { name: 'Stay here' }).click()
      await asks.waitFor({ state: 'detached' })
      assert.equal(await first.inputValue(), policy(5))
      await today.click()
      await asks.getByRole('button', { name: 'Leave without them' }).click()
      await page.getByRole('heading', { name: 'Today' }).waitFor()
      await page.goto(`${own.url}/policies?tab=edit`)
      await first.fill(policy(4))
      const browser = page.waitForEvent('dialog')
      await Promise.all([page.reload(), browser.then((d) => (assert.equal(d.type(), 'beforeunload'), d.accept()))])
      await until('the text is that in force again', async () => (await first.inputValue()) !== policy(4))
    })

    await test('where a directory rules in place of what was applied, Today and Policies say so', async (page) => {
      page.wrong = []
      page.removeAllListeners('request')
      await own.stop()
      mkdirSync(join(data, 'policies'))
      writeFileSync(join(data, 'policies', 'p.yaml'), policy(8))
      const ruled = await startWeir(['serve', '--data', join(data, 'd'), '--listen', '127.0.0.1:0', '--policies', join(data, 'policies')])
      try {
        await page.goto(ruled.url)
        await page.getByText('The policies in force are not what was applied last').waitFor()
        await page.getByRole('link', { name: 'See where' }).click()
        await page.getByText('policy orders is not what was applied by').waitFor()
        await bothThemes(page, () => axe(page))
        await page.screenshot({ path: `${out}policies-drift.png` })
      } finally {
        await ruled.stop()
      }
    })
  } finally {
    await own.stop()
    rmSync(data, { recursive: true, force: true })
  }

  for (const colorScheme of ['light', 'dark']) {
    await test(`axe finds nothing serious, ${colorScheme}`, async (page) => {
      for (const [path, wait] of [['/policies', '[data-row-key]'], ['/policies?tab=edit', '.editor textarea']]) {
        await page.goto(url + path)
        await page.locator(wait).first().waitFor()
        await axe(page)
      }
    }, { colorScheme })
  }
}

async function apply(page, reason, axe) {
  await page.getByRole('button', { name: 'Apply this plan' }).click()
  const dialog = page.getByRole('dialog')
  await bothThemes(page, () => axe(page))
  await dialog.getByLabel(/^Why/).fill(reason)
  await dialog.getByRole('button', { name: 'Apply this plan' }).click()
  await dialog.getByText(/In force as version \d+/).waitFor()
  await bothThemes(page, () => axe(page))
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
}
