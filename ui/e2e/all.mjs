// The steps of every screen, each a file that exports a function, on one demo:
//   node e2e/all.mjs            all of them
//   node e2e/all.mjs lineage    only these; WEIR_STEP=collapse only steps with that in their name
// WEIR_BIN is the binary (../bin/weir), WEIR_URL a demo that runs already.
import { AxeBuilder } from '@axe-core/playwright'
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { asker, newPage, out, sent, startBrowser, startWeir, wrongs } from './browser.mjs'

const tools = ['all', 'audit', 'browser', 'copied', 'measure', 'run', 'seed', 'states', 'pictures', 'bench', 'airflow', 'deeds']
const sources = fileURLToPath(new URL('../src/', import.meta.url))
const wanted = process.argv.slice(2)
const screens = wanted.length > 0 ? wanted : readdirSync(fileURLToPath(new URL('.', import.meta.url))).filter((f) => f.endsWith('.mjs')).map((f) => f.slice(0, -4)).filter((f) => !tools.includes(f)).sort()

let failed = 0
const began = Date.now()
const demo = await startWeir(['demo', '--listen', '127.0.0.1:0', '--pace', '0', '--days', '4'])
const browser = await startBrowser()

/** axe finds nothing serious on a page. */
export async function axe(page) {
  const { violations } = await new AxeBuilder({ page }).analyze()
  assert.deepEqual(violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 200)).slice(0, 3).join(' | ')}`), [])
}

/** tell says how a step went. */
async function tell(name, step, page) {
  const at = Date.now()
  try {
    await step()
    console.log(`ok   ${name} (${Date.now() - at} ms)`)
  } catch (e) {
    failed++
    console.log(`FAIL ${name}\n     ${String(e.message).split('\n').slice(0, 14).join('\n     ')}`)
    await page?.screenshot({ path: `${out}failed-${failed}.png` }).catch(() => {})
  }
}

/** test runs one step in a page of its own; nothing may go wrong on that, nor on any other that it opens. */
const tester = (screen) => async (name, fn, options) => {
  if (!name.includes(process.env.WEIR_STEP ?? '')) return
  const page = await newPage(browser, options)
  page.setDefaultTimeout(20_000)
  await tell(`${screen}: ${name}`, async () => {
    await fn(page)
    assert.deepEqual(wrongs(), [])
  }, page)
  wrongs()
  await page.unrouteAll({ behavior: 'ignoreErrors' }) // a handler may be on its way when the test is over
  await page.context().close()
}

/** everyDeed: pages have sent each mutation that they know. */
function everyDeed() {
  const questions = readdirSync(sources, { recursive: true }).filter((f) => f.endsWith('queries.ts')).map((f) => readFileSync(sources + f, 'utf8')).join()
  const known = [...questions.matchAll(/`mutation (\w+)/g)].map((m) => m[1])
  assert.ok(known.length > 20, known.join())
  assert.deepEqual(known.filter((m) => !sent.has(m)), [], 'no test presses a button that sends these')
}

try {
  for (const screen of screens) {
    const steps = (await import(`./${screen}.mjs`)).default
    await steps({ url: demo.url, browser, demo, test: tester(screen), axe, ask: asker(demo.url), out, newPage: (options) => newPage(browser, options) })
  }
  if (wanted.length === 0) await tell('every deed that the pages offer was done', everyDeed)
} finally {
  await browser.close()
  await demo.stop()
}
console.log(`${screens.join(', ')}: ${failed} failed, ${Math.round((Date.now() - began) / 1000)} s`)
process.exit(failed === 0 ? 0 : 1)
