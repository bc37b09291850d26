// A picture of every screen, of the demo as it tells its story: make ui-pictures.
//   node e2e/pictures.mjs [FOLDER]   docs/ui unless said
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { asker, newPage, openToday, startBrowser, startWeir } from './browser.mjs'

const folder = process.argv[2] ?? fileURLToPath(new URL('../../docs/ui/', import.meta.url))
mkdirSync(folder, { recursive: true })
const demo = await startWeir(['demo', '--listen', '127.0.0.1:0', '--pace', '20'])
const browser = await startBrowser()
const story = await newPage(browser)
await openToday(story, demo.url)
await story.locator('[data-row=late]').first().waitFor() // the bad morning is there
await story.context().close()

const find = '{ model: dataset(namespace: "sagemaker://sm-eu", name: "model/churn") { id } decisions(first: 1, outcomes: [WAIT]) { nodes { id } } runs(first: 50, filter: { states: [SUCCEEDED] }) { nodes { id inputs { id } outputs { id } } } }'
const { model, decisions, runs } = await asker(demo.url)(find)
const run = runs.nodes.find((r) => r.inputs.length > 0 && r.outputs.length > 0)
/** Each screen: its name, its address, and what is there when it is drawn. */
const screens = [
  ['today', '/', '.number'],
  ['assets', '/assets?q=orders', '.grid [data-row-key]'],
  ['asset', `/a/${model.id}`, '.tree li'],
  ['lineage', `/lineage?focus=${model.id}&up=3&down=1`, 'section.canvas[data-settled] .react-flow__node'],
  ['impact', '/impact', '.builder'],
  ['timeline', '/timeline', '[data-piece]'],
  ['run', `/r/${run.id}`, '.critical-path li'],
  ['decisions', '/decisions', '[data-row-key]'],
  ['decision', decisions.nodes[0] && `/d/${decisions.nodes[0].id}`, '.tree li'],
  ['policies', '/policies', '[data-row-key]'],
  ['system', '/system', '.number'],
  ['questions', '/query', '.docs dt'],
]
try {
  for (const colorScheme of ['light', 'dark']) {
    const page = await newPage(browser, { colorScheme })
    for (const [name, path, there] of screens.filter(([, path]) => path)) {
      await page.goto(demo.url + path)
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
}
