// The web UI in a real Chromium against the real binary: the demo's story is
// followed on the page without a reload, every page passes axe, no request
// leaves the origin. Screenshots go to e2e/out for a person to look at.
//   WEIR_BIN   the binary (../bin/weir)   WEIR_URL   a demo that runs already   WEIR_CHROMIUM   the browser
import { AxeBuilder } from '@axe-core/playwright'
import { newPage, openToday, out, startBrowser, startWeir } from './browser.mjs'

let failed = 0
let passed = 0

function check(what, ok, detail = '') {
  if (ok) passed++
  else failed++
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${what}${ok ? '' : ` ${detail}`}`)
}

/** until waits for a condition on the page; the page updates itself. */
async function until(what, limit, fn) {
  const end = Date.now() + limit
  let last
  while (Date.now() < end) {
    try {
      if (await fn()) return check(what, true)
    } catch (e) {
      last = e
    }
    await new Promise((r) => setTimeout(r, 250))
  }
  check(what, false, `not within ${limit / 1000} s ${last ?? ''}`)
}

async function axe(page, name) {
  const result = await new AxeBuilder({ page }).analyze()
  const bad = result.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')
  check(`axe: ${name}`, bad.length === 0, bad.map((v) => `${v.id}: ${v.nodes[0]?.html}`).join('\n'))
}

const demo = await startWeir(['demo', '--listen', '127.0.0.1:0'])
const browser = await startBrowser()
try {
  const { url } = demo
  const page = await newPage(browser)

  await openToday(page, url)
  const main = page.locator('main')
  await until('Today shows what is late', 20_000, async () => (await page.locator('[data-row=late]').count()) > 0)
  await until('the training waits, with a sentence that says why', 20_000, async () => /churn/.test(await main.innerText()) && /wait|risk|held/.test(await main.innerText()))
  await until('the first action succeeds, seen without a reload', 30_000, async () => (await page.locator('[data-state=SUCCEEDED]').count()) > 0)
  await page.screenshot({ path: `${out}today.png` })
  await axe(page, 'today')

  await page.keyboard.press('g')
  await page.keyboard.press('a')
  await until('g a leads to the search', 5_000, async () => page.url().endsWith('/assets') && (await page.evaluate(() => document.activeElement?.id)) === 'search')
  await page.keyboard.type('churn')
  await until('the search finds the model', 10_000, async () => (await page.locator('.grid .asset').count()) > 0 && page.url().includes('q=churn'))
  await axe(page, 'assets')
  await page.locator('.grid .asset', { hasText: 'model/churn' }).first().click()
  await until('the asset page draws its lineage', 15_000, async () => (await page.locator('.react-flow__node').count()) > 2)
  await until('the asset page says why', 10_000, async () => (await page.locator('.tree li').count()) > 3)
  await page.screenshot({ path: `${out}asset.png`, fullPage: true })
  await axe(page, 'asset')
  const deep = page.url()
  await page.reload()
  await until('a copied address shows the same', 15_000, async () => page.url() === deep && (await page.locator('.tree li').count()) > 3)

  await page.goto(`${url}/`)
  await until('the dbt run is seen running', 60_000, async () => (await page.locator('[data-row=run]', { hasText: 'dbt_nightly' }).count()) === 1)
  await page.screenshot({ path: `${out}dbt.png` })
  await until('dbt comes, and the training runs', 150_000, async () => /churn/i.test(await page.locator('[data-row=action]').allInnerTexts().then((t) => t.join(' '))))
  await page.screenshot({ path: `${out}running.png` })
  await until('the training succeeds', 90_000, async () => (await page.locator('[data-state=SUCCEEDED]', { hasText: 'churn' }).count()) > 0)
  await page.screenshot({ path: `${out}after.png` })
  await page.goto(`${url}/decisions?tab=actions`)
  await until('the training ran once', 10_000, async () => (await page.locator('[data-row-key]', { hasText: 'model/churn' }).count()) === 1)
  await axe(page, 'decisions')
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto(`${url}/`)
  await until('dark pages load', 10_000, async () => (await page.locator('.number').count()) === 4)
  await page.screenshot({ path: `${out}dark.png` })
  await axe(page, 'today, dark')
  await page.setViewportSize({ width: 390, height: 844 })
  check('nothing is wider than a phone', await page.evaluate(() => document.documentElement.scrollWidth <= 391))
  check('no error on any page, no request left the origin', page.wrong.length === 0, page.wrong.join('\n'))
} finally {
  await browser.close()
  const code = await demo.stop()
  check('Ctrl-C ends the demo well', code === 0 || code === 130, `exit ${code}`)
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed ? 1 : 0)
