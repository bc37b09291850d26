// The main job of each screen by keys alone: nothing is pointed at, and at each
// stop one sees what has the focus. Today and Assets are in everywhere.mjs.
import assert from 'node:assert/strict'
import { seen, tabTo } from './browser.mjs'
import { settled } from './measure.mjs'
import { told } from './today.mjs'

export default async function keys({ url, test, ask }) {
  await told(ask).catch(() => {}) // a demo that is told slowly has all pages, too
  const { model } = await ask('{ model: dataset(namespace: "sagemaker://sm-eu", name: "model/churn") { id name { namespace name } fields(first: 1) { nodes { name } } } }')

  /** job is a test in which nothing is pointed at. */
  const job = (name, fn) => test(name, async (page) => {
    await page.addInitScript(() => ['pointerdown', 'pointermove', 'touchstart', 'wheel'].forEach((kind) => addEventListener(kind, () => document.documentElement.setAttribute('data-pointed', kind), true)))
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await fn(page, hands(page))
    assert.equal(await page.evaluate(() => document.documentElement.getAttribute('data-pointed')), null, 'only keys')
  })

  await job('an asset: another tab, and a run of it', async (page, { press, row }) => {
    await page.goto(`${url}/a/${model.id}`)
    await tabTo(page, page.getByRole('tab', { name: 'Overview' }))
    await press('ArrowRight', 'ArrowRight')
    await page.waitForURL('**/a/*?tab=runs')
    await seen(page)
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Runs')
    await page.locator('[data-row-key]').first().waitFor()
    await tabTo(page, page.getByRole('grid'))
    await press('ArrowDown')
    const run = await row()
    await press('Enter')
    await page.waitForURL(`**/r/${run}`)
    await page.locator('.critical-path li').first().waitFor()
    await tabTo(page, page.getByRole('main').getByRole('link').first())
    await press('Escape')
    await page.waitForURL('**/a/*?tab=runs')
    await page.locator(`[role=row][aria-selected][data-row-key="${run}"]`).waitFor()
    await seen(page)
  })

  await job('lineage: a focus is found, the arrows go along edges, one is widened, and its drawer is used', async (page, { press, go }) => {
    await go('l', '**/lineage')
    await page.getByLabel('Search for an asset').waitFor()
    await seen(page)
    await page.keyboard.type('model/churn')
    await page.locator('.starts button', { hasText: 'model/churn' }).first().waitFor()
    await press('ArrowDown')
    await seen(page)
    await press('Enter')
    await page.waitForURL('**/lineage?focus=*')
    await settled(page)
    await seen(page)
    const scene = async () => {
      const at = new URL(page.url()).searchParams
      const expand = at.getAll('x').map((e) => ({ id: e.slice(2), side: e[0] === 'u' ? 'UPSTREAM' : 'DOWNSTREAM' }))
      return (await ask('query($focus: [ID!]!, $expand: [SceneExpansionInput!]) { lineageScene(focus: $focus, up: 1, down: 1, limit: 40, expand: $expand) { drawables { key id hiddenUpstream } edges { source target } } }', { focus: at.getAll('focus'), expand })).lineageScene
    }
    const selected = async () => {
      const key = new URL(page.url()).searchParams.get('sel')
      await page.locator(`.node.selected[data-key="${key}"]`).waitFor()
      await page.locator('.drawer').waitFor()
      await seen(page)
      return key
    }
    const step = async (key) => {
      const before = page.url()
      await press(key)
      await page.waitForURL((u) => u.href !== before)
      return selected()
    }
    const focus = await step('ArrowLeft')
    const left = await step('ArrowLeft')
    const { edges } = await scene()
    assert.ok(edges.some((e) => e.source === left && e.target === focus), `no edge from ${left} to ${focus}`)
    const further = await step('ArrowLeft')
    assert.ok(edges.some((e) => e.source === further && e.target === left), `no edge from ${further} to ${left}`)
    const nodes = () => page.locator('section.canvas').getAttribute('data-nodes').then(Number)
    const few = await nodes()
    await press('u')
    await page.waitForFunction((n) => Number(document.querySelector('section.canvas').dataset.nodes) > n, few)
    await settled(page)
    const before = edges.length
    assert.ok((await scene()).edges.length > before)
    assert.equal(await selected(), further)
    await tabTo(page, page.locator('.drawer').getByRole('link').first())
    await press('Escape')
    await page.locator('.drawer').waitFor({ state: 'detached' })
    await seen(page)
    const on = await step('ArrowRight')
    await press('Enter')
    await page.waitForURL(`**/a/${on}`)
    await press('Escape')
    await page.waitForURL('**/lineage?focus=*')
  })

  await job('impact: a change is built, its result is read, and taken along', async (page, { press, go, row }) => {
    await go('i', '**/impact')
    await page.locator('.builder').waitFor()
    const kind = page.locator('.builder select')
    await tabTo(page, kind)
    await page.keyboard.type('Drop a dataset')
    assert.equal(await kind.inputValue(), 'DROP_DATASET')
    const { assets } = await ask('{ assets(search: "shop.raw.orders", filter: { type: DATASET }, first: 10) { nodes { name { namespace name } } } }')
    const { namespace, name } = assets.nodes.find((a) => a.name.name.endsWith('shop.raw.orders')).name
    await tabTo(page, page.getByLabel('Of which'))
    await page.keyboard.type(`${namespace}/${name}`)
    await page.locator('.builder button.primary:enabled').waitFor()
    await press('Enter')
    await page.locator('#result [data-row-key]').first().waitFor()
    await seen(page)
    await tabTo(page, page.getByLabel('Group by owner'))
    const copy = page.locator('#result .menu summary')
    await tabTo(page, copy)
    await press('Enter')
    await tabTo(page, page.getByRole('button', { name: 'Markdown' }))
    await press('Enter')
    await page.locator('#result .menu summary', { hasText: 'Copied' }).waitFor()
    await seen(page)
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^- Drop a dataset: .*\n\n\| Severity/)
    await tabTo(page, page.locator('#result').getByRole('grid'))
    await press('ArrowDown', 'ArrowDown')
    const asset = await row()
    await press('Enter')
    await page.waitForURL(`**/a/${asset}`)
  })

  await job('the timeline: a run is chosen and opened, and keys go on from it', async (page, { press, go }) => {
    await go('r', '**/timeline')
    await page.locator('[data-piece=run]').first().waitFor()
    await tabTo(page, page.locator('.gantt svg'))
    await press('ArrowDown', 'ArrowRight')
    const chosen = page.locator('.piece.active')
    await chosen.waitFor()
    await seen(page)
    const says = await page.locator('#gantt-says').innerText()
    const back = page.url()
    await press('Enter')
    await page.waitForURL(/\/(r|d)\//)
    await page.getByRole('main').getByRole('link').first().waitFor()
    await press('Escape')
    await page.waitForURL(back)
    await chosen.waitFor()
    assert.equal(await page.locator('#gantt-says').innerText(), says)
    await page.waitForFunction(() => document.activeElement !== document.body)
    await seen(page)
    await press('ArrowRight')
    await page.waitForURL((u) => u.href !== back)
  })

  await job('decisions: a row is opened, its tree is followed to the evidence, and back', async (page, { press, go, row }) => {
    await go('d', '**/decisions')
    await page.locator('[data-row-key]').first().waitFor()
    await press('j', 'j')
    await seen(page)
    const id = await row()
    await press('Enter')
    await page.waitForURL(`**/d/${id}`)
    await page.locator('.tree li').first().waitFor()
    const evidence = page.locator('.tree sup a').first()
    if (await evidence.count()) {
      await tabTo(page, evidence)
      await press('Enter')
      await page.locator('.evidence li:target').waitFor()
      await press('Escape')
      await page.waitForURL(`**/d/${id}`)
    }
    await press('Escape')
    await page.waitForURL('**/decisions')
    await page.locator(`[role=row][aria-selected][data-row-key="${id}"]`).waitFor()
    await seen(page)
    await press('j')
    assert.notEqual(await row(), id)
    await tabTo(page, page.getByRole('tab', { name: 'Decisions' }))
    await press('ArrowRight')
    await page.waitForURL('**/decisions?tab=actions')
    await seen(page)
  })

  await job('policies: one is opened as a file, changed, and planned', async (page, { press, go, row }) => {
    await go('p', '**/policies')
    await page.locator('[data-row-key]').first().waitFor()
    await press('j', 'j')
    await seen(page)
    const name = await row()
    await press('Enter')
    await page.waitForURL(`**/policies?name=${name}`)
    await tabTo(page, page.getByRole('tab', { name: 'How it stands' }))
    await press('ArrowLeft', 'ArrowLeft')
    await page.waitForURL('**&tab=edit')
    await seen(page)
    const text = page.getByRole('textbox', { name: /^Text of/ })
    await text.waitFor()
    const file = page.locator('.change select')
    await tabTo(page, file)
    const first = await file.inputValue()
    if ((await file.locator('option').count()) > 1) {
      await press(await file.evaluate((e) => (e.selectedIndex === 0 ? 'ArrowDown' : 'ArrowUp')))
      await page.waitForURL('**file=*')
      assert.notEqual(await file.inputValue(), first)
      await seen(page)
    }
    await tabTo(page, text)
    const before = await text.inputValue()
    await press('ControlOrMeta+a')
    await page.keyboard.insertText(before.replace(/^mode: .*$/m, (was) => (was.includes('observe') ? 'mode: shadow' : 'mode: observe')))
    assert.notEqual(await text.inputValue(), before)
    await press('Shift+Tab')
    await seen(page)
    await tabTo(page, page.getByRole('button', { name: 'Plan', exact: true }))
    await press('Enter')
    await page.locator('.diff', { hasText: 'mode' }).waitFor()
    await seen(page)
  })

  await job('system: the kill switch is looked at and left; what was set aside is read', async (page, { press, go, row }) => {
    await fetch(`${url}/api/v1/lineage`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ eventType: 'COMPLETE', eventTime: 'never', run: { runId: '0199a1f0-0000-7000-8000-000000000777' }, job: { namespace: 'prod', name: 'of_keys' }, inputs: [], outputs: [], producer: 'https://example.com/e2e', schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json' }) })
    await go('s', '**/system')
    const stop = page.getByRole('button', { name: 'Stop everything' })
    await stop.waitFor()
    await tabTo(page, stop)
    await press('Enter')
    const dialog = page.locator('dialog.confirm')
    await dialog.waitFor()
    await seen(page)
    assert.ok(await dialog.evaluate((e) => e.contains(document.activeElement)))
    await tabTo(page, dialog.getByLabel(/^Type/))
    await tabTo(page, dialog.getByRole('button', { name: 'Cancel' }))
    await press('Enter')
    await dialog.waitFor({ state: 'detached' })
    await seen(page)
    assert.ok(await stop.evaluate((e) => e === document.activeElement), 'the focus is where it was')
    assert.equal((await ask('{ system { killSwitch } }')).system.killSwitch, false)
    const grid = page.locator('#quarantine').getByRole('grid')
    await page.locator('#quarantine [data-row-key]').first().waitFor()
    await tabTo(page, grid)
    await press('ArrowDown')
    const event = await row()
    await press('Enter')
    const drawer = page.locator('.drawer')
    await drawer.locator('pre', { hasText: 'eventTime' }).waitFor()
    await seen(page)
    await tabTo(page, drawer.locator('pre'))
    await press('Escape')
    await drawer.waitFor({ state: 'detached' })
    await seen(page)
    assert.equal(await row(), event)
    await tabTo(page, page.getByRole('checkbox', { name: new RegExp(event) }))
    await press('Space')
    await page.locator('#quarantine header').getByRole('button', { name: 'Replay' }).waitFor()
    await seen(page)
  })

  /** hands are what one does with keys on a page. */
  function hands(page) {
    const press = async (...list) => {
      for (const key of list) await page.keyboard.press(key)
    }
    const go = async (key, to) => {
      await page.goto(url)
      await page.locator('main h1').first().waitFor()
      await press('g', key)
      await page.waitForURL(to)
    }
    /** row is the key of the row that a table stands on, which is seen, and marked. */
    const row = async () => {
      const { key, marked, inside } = await page.evaluate(() => {
        const on = document.getElementById(document.activeElement.getAttribute('aria-activedescendant') ?? '')
        const box = on?.getBoundingClientRect()
        return { key: on?.dataset.rowKey, marked: on && getComputedStyle(on).boxShadow !== 'none', inside: box && box.top >= 0 && box.bottom <= innerHeight }
      })
      assert.ok(key && marked && inside, `${key}: ${marked ? 'not in the window' : 'not marked'}`)
      return key
    }
    return { press, go, row }
  }
}
