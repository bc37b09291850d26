// A picture of every screen, of the demo as it tells its story: make ui-pictures.
//   node e2e/pictures.mjs [FOLDER]   docs/ui unless said
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

const find = '{ model: dataset(namespace: "sagemaker://sm-eu", name: "model/churn") { id } decisions(first: 1, outcomes: [WAIT]) { nodes { id } } runs(first: 50, filter: { states: [SUCCEEDED] }) { nodes { id inputs { id } outputs { id } } } }'
const { model, decisions, runs } = await asker(demo.url)(find)
const run = runs.nodes.find((r) => r.inputs.length > 0 && r.outputs.length > 0)
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

/** Each screen: its name, its address, what is there when it is drawn, and what is done before. */
const screens = [
  ['today', '/', '.number'],
  ['assets', '/assets?q=orders', '.grid [data-row-key]'],
  ['asset', `/a/${model.id}`, '.tree li'],
  ['lineage', `/lineage?focus=${model.id}&up=3&down=1`, 'section.canvas[data-settled] .react-flow__node'],
  ['impact', `/impact?change=${encodeURIComponent(`DROP_FIELD ${encodeURIComponent('postgres://wh:5432')} shop.raw.orders customer_id`)}`, '#result [data-row-key]'],
  ['timeline', '/timeline', '[data-piece]'],
  ['run', `/r/${run.id}`, '.critical-path li'],
  ['decisions', '/decisions', '[data-row-key]'],
  ['decision', decisions.nodes[0] && `/d/${decisions.nodes[0].id}`, '.tree li'],
  ['policies', '/policies', '[data-row-key]'],
  ['system', '/system', '.number'],
  ['questions', '/query', '.docs dt'],
  ['approval', `${steered.url}/d/${approve}`, foreseen, approval],
  ['backfill', `${steered.url}/a/${customers}`, foreseen, backfill],
]
try {
  for (const colorScheme of ['light', 'dark']) {
    const page = await newPage(browser, { colorScheme })
    for (const [name, path, there, before] of screens.filter(([, path]) => path)) {
      await page.goto(new URL(path, demo.url).href)
      await before?.(page)
      await page.locator(there).first().waitFor()
      await page.waitForFunction(() => !document.querySelector('.skeleton'))
      const file = `${name}${colorScheme === 'dark' ? '-dark' : ''}.png`
      await page.screenshot({ path: `${folder}/${file}` })
      console.log(file)
    }
    await page.context().close()
  }
} finally {
  await browser.close()
  await demo.stop()
  await steered.stop()
}
