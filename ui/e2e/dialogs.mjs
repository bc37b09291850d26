// Every dialog and drawer there is: axe finds nothing serious in it, in either
// theme. What a dialog does is tested with its screen.
import assert from 'node:assert/strict'
import { bothThemes } from './browser.mjs'
import { told } from './today.mjs'

export default async function dialogs({ url, test, axe, ask }) {
  await told(ask).catch(() => {}) // a demo that is told slowly has all pages, too
  const { model, job, actions, runs } = await ask(`{ model: dataset(namespace: "sagemaker://sm-eu", name: "model/churn") { id } job(namespace: "shop", name: "dbt_nightly") { id }
    actions(filter: { states: [SUCCEEDED] }, first: 1) { nodes { id } } runs(filter: { states: [SUCCEEDED] }, first: 1) { nodes { id } } }`)

  /** look presses each button of a kind in turn and looks at the dialog that it opens. */
  const look = async (page, buttons, before = async () => {}) => {
    await buttons.first().waitFor({ state: 'attached' })
    const count = await buttons.count()
    for (let i = 0; i < count; i++) {
      await before()
      const name = await buttons.nth(i).innerText()
      await buttons.nth(i).click()
      const dialog = page.getByRole('dialog')
      await dialog.waitFor().catch((e) => { throw new Error(`${name}: ${e.message}`) })
      await bothThemes(page, () => axe(page).catch((e) => { throw new Error(`${name}: ${e.message}`) }))
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'detached' })
    }
    return count
  }

  await test('all that can be done to an asset', async (page) => {
    await page.goto(`${url}/a/${model.id}`)
    assert.ok((await look(page, page.locator('details.menu', { has: page.getByText('Act', { exact: true }) }).locator('.sheet button'), () => page.getByText('Act', { exact: true }).click())) >= 10)
    await page.goto(`${url}/a/${job.id}?tab=names`)
    await look(page, page.locator('#names-it-goes-by header button'))
  })

  await test('all that can be done to an action, a run, a root cause, and to everything', async (page) => {
    for (const [path, buttons] of [[`/d/${actions.nodes[0].id}`, '.title .buttons > .buttons button'], [`/r/${runs.nodes[0].id}`, '.title .buttons > button'], ['/', '.causes .deeds > button'], ['/system', '.title .buttons > button, #kill-switches header button']]) {
      await page.goto(url + path)
      await look(page, page.locator(buttons))
    }
  })

  await test('drawers, the palette and the keys', async (page) => {
    await page.goto(`${url}/lineage?focus=${model.id}&up=2&down=1`)
    await look(page, page.locator('section.canvas[data-settled] .react-flow__node', { hasText: 'model/churn' }))
    await page.goto(`${url}/policies`)
    await page.locator('[data-row-key]').first().waitFor()
    for (const [key, what] of [['/', page.getByRole('dialog')], ['?', page.getByText('find or do anything')]]) {
      await page.keyboard.press(key)
      await what.waitFor()
      await bothThemes(page, () => axe(page))
      await page.keyboard.press('Escape')
    }
  })

  await test('each change that impact can be asked about', async (page) => {
    await page.goto(`${url}/impact`)
    const kind = page.locator('.builder select').first()
    for (const value of await kind.locator('option').evaluateAll((all) => all.map((o) => o.value))) {
      await kind.selectOption(value)
      await bothThemes(page, () => axe(page).catch((e) => { throw new Error(`${value}: ${e.message}`) }))
    }
  })
}
