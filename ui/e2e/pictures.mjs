// A picture of every screen, of the demo as it tells its story: make ui-pictures.
//   node e2e/pictures.mjs [FOLDER]   docs/ui unless said; WEIR_PICTURES=asset,path: only these
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { asker, newPage, openToday, startBrowser, startWeir, until } from './browser.mjs'
import { press } from './deeds.mjs'
import { warehouse } from './seed.mjs'
import { startSteered } from './steering.mjs'

const folder = process.argv[2] ?? fileURLToPath(new URL('../../docs/ui/', import.meta.url))
mkdirSync(folder, { recursive: true })
const demo = await startWeir(['demo', '--listen', '127.0.0.1:0', '--pace', '20'])
const browser = await startBrowser()
const story = await newPage(browser)
story.setDefaultTimeout(120_000) // the story takes its own time, and more on a busy machine
await openToday(story, demo.url)
await story.locator('[data-row=late]').first().waitFor() // the bad morning is there
await story.context().close()
const ask = asker(demo.url)
await until('weir has acted, and nobody ran dbt yet', async () => (await ask('{ actions(first: 1, filter: { states: [SUCCEEDED] }) { nodes { id } } }')).actions.nodes.length > 0, 240_000)

const find = `{ model: dataset(namespace: "sagemaker://sm-eu", name: "model/churn") { id } raw: dataset(namespace: "postgres://wh:5432", name: "shop.raw.orders") { id }
  decisions(first: 1, outcomes: [WAIT]) { nodes { id } } runs(first: 50, filter: { states: [SUCCEEDED] }) { nodes { id inputs { id } outputs { id } } } }`
const { model, raw, decisions, runs } = await ask(find)
const run = runs.nodes.find((r) => r.inputs.length > 0 && r.outputs.length > 0)
const hour = 3600_000
const at = (ms) => new Date(Math.round(Date.now() / 60_000) * 60_000 + ms).toISOString()
// What no producer should send, beside what they do: it is set aside.
await fetch(`${demo.url}/api/v1/lineage`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({
  eventType: 'COMPLETE', eventTime: at(72 * hour), producer: 'https://example.com/clock', run: { runId: '0199a1f0-0000-7000-8000-000000000001' }, job: { namespace: 'airflow', name: 'clock_ahead' },
}) })
// The demo asks nobody: what waits for approval is shown by a weir whose policy does.
const steered = await startSteered(['orders', 'customers'])
for (const dag of ['make_orders', 'make_customers', 'load_orders', 'load_customers']) {
  await steered.airflow.byItself(dag)
  await steered.airflow.end(dag, true)
}
await until('the customers are made', () => steered.airflow.calls.length > 0)
await steered.airflow.end('make_customers', true)
const known = `{ actions(first: 1, filter: { states: [AWAITING_APPROVAL] }) { nodes { id } } dataset(namespace: "${warehouse}", name: "shop.customers") { id } }`
const { approve, customers } = await until('one waits for approval, the other is known', async () => {
  const { actions, dataset } = await steered.ask(known)
  return actions.nodes[0] && dataset && { approve: actions.nodes[0].id, customers: dataset.id }
})

/** foreseen is a dialog that says what will happen. */
const foreseen = 'dialog.confirm .foreseen li'
async function approval(page) {
  await press(page, 'Approve')
  await page.locator('dialog.confirm').getByLabel(/^Why/).fill('the totals were looked at')
}
async function backfill(page) {
  await page.getByText('Act', { exact: true }).click()
  await press(page, 'Backfill')
  const dialog = page.locator('dialog.confirm')
  for (const [label, value] of [['From (UTC)', '2026-03-01T04:00'], ['To, with it (UTC)', '2026-03-07T04:00'], ['At once', '2']]) await dialog.getByLabel(label).fill(value)
  await dialog.getByLabel(/^Why/).fill('the currency was wrong that week')
  await dialog.getByText('2 at once').waitFor() // what is foreseen follows what was said last
}

async function question(page) {
  await page.getByRole('textbox', { name: 'Question' }).fill(`query Late {
  late(first: 5) { nodes { name { namespace name } owners { name } freshness { state lateBy says } } }
}`)
  await page.keyboard.press('Control+Enter')
}
/** typed makes a change in the editor of policies. */
const typed = (from, to) => async (page) => {
  const text = page.locator('.editor textarea')
  await text.fill((await text.inputValue()).replace(from, to))
  await page.getByRole('button', { name: 'Plan', exact: true }).click()
}
const simulated = async (page) => {
  const text = page.locator('.editor textarea')
  await text.fill((await text.inputValue()).replace(/^mode: act$/m, 'mode: observe'))
  await page.getByRole('button', { name: 'Simulate 14 days' }).click()
}

/** Each screen: its name, its address, what is there when it is drawn, and what is done before. */
const screens = [
  ['today', '/', '.number'],
  ['assets', '/assets?q=orders', '.grid [data-row-key]'],
  ['asset', `/a/${model.id}`, '.tree li'],
  ['columns', `/a/${raw.id}?tab=columns`, '[data-row-key]'],
  ['lineage', `/lineage?focus=${model.id}&up=3&down=1`, 'section.canvas[data-settled] .react-flow__node'],
  ['past', `/lineage?focus=${model.id}&up=2&down=1&asOf=${at(-30 * hour)}`, 'section.canvas[data-settled] .react-flow__node'],
  ['path', `/lineage?focus=${raw.id}&to=${model.id}`, 'section.canvas[data-settled] .react-flow__node'],
  ['impact', `/impact?change=${encodeURIComponent(`DROP_FIELD ${encodeURIComponent('postgres://wh:5432')} shop.raw.orders customer_id`)}`, '#result [data-row-key]'],
  ['timeline', `/timeline?from=${at(-6 * hour)}&to=${at(1.5 * hour)}`, '[data-piece]'],
  ['run', `/r/${run.id}`, '.critical-path li'],
  ['decisions', '/decisions', '[data-row-key]'],
  ['decision', decisions.nodes[0] && `/d/${decisions.nodes[0].id}`, '.tree li'],
  ['policies', '/policies', '[data-row-key]'],
  ['simulated', '/policies?tab=edit', '.editor + * [data-row-key], section[aria-label="The last 14 days"] [data-row-key]', simulated],
  ['faults', '/policies?tab=edit', '.faults.bad', typed('mode:', 'mod:')],
  ['system', '/system', '#quarantine [data-row-key]'],
  ['questions', '/query', '.answer', question],
  ['approval', `${steered.url}/d/${approve}`, foreseen, approval],
  ['backfill', `${steered.url}/a/${customers}`, foreseen, backfill],
]
const only = process.env.WEIR_PICTURES?.split(',')
const wanted = (name) => !only || only.includes(name)
const phone = { width: 390, height: 844 }
try {
  for (const colorScheme of ['light', 'dark']) {
    const page = await newPage(browser, { colorScheme })
    for (const [name, path, there, before] of screens.filter(([name, path]) => path && wanted(name))) {
      await page.goto(new URL(path, demo.url).href)
      await before?.(page)
      await page.locator(there).first().waitFor()
      if (before) await page.locator(there).first().evaluate((e) => e.scrollIntoView({ block: 'center' }))
      await page.waitForFunction(() => !document.querySelector('.skeleton'))
      const file = `${name}${colorScheme === 'dark' ? '-dark' : ''}.png`
      await page.screenshot({ path: `${folder}/${file}` })
      console.log(file)
    }
    await page.setViewportSize(phone)
    await page.goto(demo.url)
    await page.locator('[data-row=late]').first().waitFor()
    await page.screenshot({ path: `${folder}/phone${colorScheme === 'dark' ? '-dark' : ''}.png` })
    await page.context().close()
  }
} finally {
  await browser.close()
  await demo.stop()
  await steered.stop()
}
