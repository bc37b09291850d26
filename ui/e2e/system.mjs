// weir itself: numbers, stores, connectors, quarantine with replay and drop,
// kill switches of a part, names.
import assert from 'node:assert/strict'
import { agree, bothThemes, withoutNews } from './browser.mjs'
import { copies } from './copied.mjs'

export default async function system({ url, test, axe, ask, out }) {
  const send = (event) => fetch(`${url}/api/v1/lineage`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) })
  const event = (n, at, name) => ({ eventType: 'COMPLETE', eventTime: at, run: { runId: `0199a1f0-0000-7000-8000-00000000010${n}` }, job: { namespace: 'prod', name }, inputs: [], outputs: [{ namespace: 'postgres://wh:5432', name: `shop.odd.${name.slice(0, 20)}` }], producer: 'https://example.com/test', schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json' })
  await send(event(1, 'never', '<script>alert(1)</script>'))
  await send(event(2, 'neither', 'odd_two'))

  await test('numbers, stores and connectors are there', async (page) => {
    await page.goto(`${url}/system`)
    await page.locator('.number').nth(3).waitFor()
    await page.locator('#stores li', { hasText: 'search index' }).getByText(/up to date|behind/).waitFor()
    assert.ok((await page.locator('#connectors li').count()) >= 2)
    assert.match(await page.locator('#connectors li').first().innerText(), /can: start runs, /)
    assert.match(await page.locator('#stores li').first().innerText(), /position \d+$/)
    await page.screenshot({ path: `${out}system.png`, fullPage: true })
  })

  await test('the doctor says what is wrong first and what to do, looks again when asked, and is taken along', async (page) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.goto(`${url}/system`)
    const pane = page.locator('#doctor')
    await pane.locator('li').nth(3).waitFor()
    const states = await pane.locator('li').evaluateAll((all) => all.map((e) => ['FAIL', 'WARN', 'OK'].indexOf(e.dataset.state)))
    assert.deepEqual(states, states.toSorted((a, b) => a - b))
    const { doctor } = await ask('{ doctor { findings { what state says fix } } }')
    assert.equal(states.length, doctor.findings.length)
    const aside = pane.locator('li', { hasText: 'quarantine' })
    await aside.getByText('look at it').waitFor()
    await aside.getByText('weir dlq list, then weir dlq replay or drop').waitFor()
    await pane.locator('li', { hasText: 'connector ' }).first().getByText('fine').waitFor()
    await bothThemes(page, () => axe(page))
    let looks = 0
    page.on('request', (r) => r.postData()?.includes('query Doctor') && looks++)
    const at = await pane.locator('header time').getAttribute('datetime')
    await pane.getByRole('button', { name: 'Look again' }).click()
    await page.waitForFunction((was) => document.querySelector('#doctor header time').dateTime !== was, at)
    await pane.getByRole('button', { name: 'Look again' }).waitFor()
    assert.equal(looks, 1)
    await pane.getByText('Copy as').click()
    await pane.getByRole('button', { name: 'Command' }).click()
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'weir doctor')
  })

  await test('what was set aside, and each setting, are taken along as a command and a question that answer', async (page) => {
    await page.goto(`${url}/system`)
    await page.locator('#quarantine [data-row-key]').first().waitFor()
    const aside = await copies(page, page.locator('#quarantine'), /^weir dlq list$/)
    assert.ok(aside.data.quarantine.nodes.length > 0)
    await page.locator('#configuration [data-row-key]').first().waitFor()
    await copies(page, page.locator('#configuration'), /^weir query - <<'GRAPHQL'\nquery Configuration/)
  })

  await test('what was set aside is looked at, replayed and dropped, and hostile names are texts', async (page) => {
    await page.goto(`${url}/system`)
    const rows = page.locator('#quarantine [data-row-key]')
    await rows.nth(1).waitFor()
    await page.locator('#quarantine').getByText('<script>alert(1)</script>').waitFor()
    const before = await rows.count()
    await rows.first().locator('code').click()
    const drawer = page.getByRole('dialog')
    await drawer.locator('pre', { hasText: 'eventTime' }).waitFor()
    await axe(page)
    await drawer.getByRole('button', { name: 'Replay' }).click()
    const confirm = page.locator('dialog.confirm')
    await confirm.getByRole('button', { name: 'Replay' }).click()
    await confirm.getByText(/at position \d+/).waitFor()
    await confirm.getByRole('button', { name: 'Close' }).click()
    await rows.first().getByRole('checkbox').check()
    await page.locator('#quarantine header').getByRole('button', { name: 'Drop' }).click()
    const position = await rows.first().getAttribute('data-row-key')
    await confirm.getByLabel(/^Type/).fill(`event ${position}`)
    await confirm.getByRole('button', { name: 'Drop' }).click()
    await confirm.getByText(/at position \d+/).waitFor()
    await confirm.getByRole('button', { name: 'Close' }).click()
    await page.waitForFunction((n) => document.querySelectorAll('#quarantine [data-row-key]').length === n, before - 1)
  })

  for (const [scope, name, offered, before, after] of [
    ['NAMESPACE', 'nobody', false, 'It covers nothing', 'It is on, and stops nothing: no policy is about anything there.'],
    ['POLICY', 'churn-training', true, /^It covers [1-9]\d* assets? now/, /It is on: it covers [1-9]\d* assets?\./],
  ]) {
    await test(`a part is stopped and let go on, and the page says before and after what it covers: ${name}`, async (page) => {
      await page.goto(`${url}/system`)
      await page.getByRole('button', { name: 'Stop a part' }).click()
      const confirm = page.locator('dialog.confirm')
      const go = confirm.getByRole('button', { name: 'Stop a part' })
      await confirm.getByText('Say first which part').waitFor()
      await confirm.getByLabel('Which part').selectOption(scope)
      await confirm.locator('#part-names option').first().waitFor({ state: 'attached' })
      assert.equal(await confirm.locator(`#part-names option[value="${name}"]`).count(), offered ? 1 : 0)
      await confirm.getByLabel('Its name').fill(name)
      await confirm.getByLabel(/^Why/).fill('the browser test')
      await confirm.locator('.foreseen').getByText(before).waitFor()
      await axe(page)
      await go.click()
      await confirm.getByText(after).waitFor()
      const shown = await confirm.locator('.note.good code').innerText()
      const { switched, system: now } = await ask('{ switched(first: 1) { nodes { id on scope name reason } } system { switches { id } } }')
      assert.deepEqual(switched.nodes, [{ id: shown, on: true, scope, name, reason: 'the browser test' }])
      assert.deepEqual(now.switches, [{ id: shown }])
      await confirm.getByRole('button', { name: 'Close' }).click()
      await page.locator('#kill-switches li', { hasText: shown }).getByRole('button', { name: 'Let it go on' }).click()
      await confirm.getByLabel(/^Why/).fill('over')
      await agree(page)
      await confirm.getByText('It is off').waitFor()
      const over = await confirm.locator('.note.good code').innerText()
      await confirm.getByRole('button', { name: 'Close' }).click()
      await page.getByText('What was switched, by whom and why').click()
      await page.locator('#switched li', { hasText: over }).getByText(`${name}: let go on`).waitFor()
      await page.locator('#switched li', { hasText: shown }).getByText('the browser test').waitFor()
      const { system: s } = await ask('{ system { switches { name } } }')
      assert.deepEqual(s.switches, [])
    })
  }

  await test('who may what, what was asked for, and each setting with where it comes from', async (page) => {
    await page.goto(`${url}/system`)
    await page.locator('#keys').getByText('Nobody is asked who they are').waitFor()
    const grid = page.getByRole('grid', { name: 'Configuration' })
    const row = grid.locator('[data-row-key=graph]')
    await row.getByText('embedded').waitFor()
    await row.getByText('default').waitFor()
    await grid.locator('[data-row-key=policies]').getByText('weir itself').waitFor()
    await grid.focus()
    await page.keyboard.press('ArrowDown')
    assert.equal(await grid.locator('[aria-selected=true]').getAttribute('data-row-key'), 'data')
    await page.getByRole('link', { name: 'What was done, and who asked' }).click()
    await page.waitForURL('**/decisions?tab=actions')
  })

  await test('a question that fails leaves the page', async (page) => {
    await withoutNews(page)
    await page.route('**/graphql', (route) => (route.request().postData()?.includes('query System ') ? route.abort() : route.continue()))
    await page.goto(`${url}/system`)
    await page.getByRole('button', { name: 'Try again' }).first().waitFor()
    await axe(page)
    await page.unroute('**/graphql')
    await page.getByRole('button', { name: 'Try again' }).first().click()
    await page.locator('.number').nth(3).waitFor()
  })

  for (const colorScheme of ['light', 'dark']) {
    await test(`axe finds nothing serious, ${colorScheme}`, async (page) => {
      await page.goto(`${url}/system`)
      await page.locator('.number').nth(3).waitFor()
      await axe(page)
      await page.screenshot({ path: `${out}system-${colorScheme}.png`, fullPage: true })
    }, { colorScheme })
  }
}
