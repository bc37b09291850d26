// How fast the pages are, in a real Chromium: make bench-ui. It prints one
// table and ends with 1 when a budget is missed; budgets are what a release
// must keep, on a quiet machine.
//   node e2e/bench.mjs            all of it
//   node e2e/bench.mjs lineage    only this part: first, lineage, large
import { startBrowser, startWeir } from './browser.mjs'
import { large } from './bench/large.mjs'
import { lineage } from './bench/lineage.mjs'
import { at, put, tell, within } from './bench/table.mjs'
import { anew, painted, received, SCRIPT, whole } from './measure.mjs'

const kB = (bytes) => `${Math.round(bytes / 1000)} kB`

/** first opens the demo in browsers that know nothing yet. */
async function first(browser) {
  const demo = await startWeir(['demo', '--listen', '127.0.0.1:0', '--pace', '0'])
  const pages = await anew(browser, 7, async (page) => ({ took: await painted(page, demo.url, (p) => whole(p, '.number')), script: await received(page) }))
  await demo.stop()
  const { sent, unpacked } = pages[0].script
  put('script of the first page, as Chromium receives it', `${kB(sent)} of ${kB(unpacked)} unpacked`, kB(SCRIPT), sent <= SCRIPT)
  within('first picture of the demo, median of 7', at(pages.map((p) => p.took), 0.5), 1000)
}

const parts = { first, lineage, large }
const wanted = process.argv.slice(2)
const browser = await startBrowser()
try {
  for (const [name, part] of Object.entries(parts)) if (wanted.length === 0 || wanted.includes(name)) await part(browser)
} finally {
  await browser.close()
}
process.exitCode = tell() > 0 ? 1 : 0
