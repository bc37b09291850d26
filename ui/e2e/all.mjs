// The steps of every screen, each a file that exports a function, on one demo:
//   node e2e/all.mjs            all of them
//   node e2e/all.mjs lineage    only these
// WEIR_BIN is the binary (../bin/weir), WEIR_URL a demo that runs already.
import { AxeBuilder } from '@axe-core/playwright'
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { newPage, out, startBrowser, startWeir } from './browser.mjs'

const tools = ['all', 'audit', 'browser', 'measure', 'run', 'seed', 'states', 'pictures', 'bench']
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

/** ask puts a GraphQL question to the demo. */
async function ask(query, variables = {}) {
  const r = await fetch(`${demo.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }) })
  const { data, errors } = await r.json()
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}

/** test runs one step in a page of its own, on which nothing may go wrong. */
const tester = (screen) => async (name, fn, options) => {
  const page = await newPage(browser, demo.url, options)
  page.setDefaultTimeout(20_000)
  const at = Date.now()
  try {
    await fn(page)
    assert.deepEqual(page.wrong, [])
    console.log(`ok   ${screen}: ${name} (${Date.now() - at} ms)`)
  } catch (e) {
    failed++
    console.log(`FAIL ${screen}: ${name}\n     ${String(e.message).split('\n').slice(0, 14).join('\n     ')}`)
    await page.screenshot({ path: `${out}failed-${screen}-${failed}.png` }).catch(() => {})
  }
  await page.context().close()
}

try {
  for (const screen of screens) {
    const steps = (await import(`./${screen}.mjs`)).default
    await steps({ url: demo.url, browser, demo, test: tester(screen), axe, ask, out, newPage: (options) => newPage(browser, demo.url, options) })
  }
} finally {
  await browser.close()
  await demo.stop()
}
console.log(`${screens.join(', ')}: ${failed} failed, ${Math.round((Date.now() - began) / 1000)} s`)
process.exit(failed === 0 ? 0 : 1)
