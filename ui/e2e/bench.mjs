// How fast the pages are, in a real Chromium: make bench-ui. It prints one
// table; budgets are what a release must keep, on a quiet machine.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { newPage, startBrowser, startWeir } from './browser.mjs'
import { frames, longestFreeze, painted, settled, watchFreezes } from './measure.mjs'
import { startSeeded } from './seed.mjs'

const ASSETS = 100_000
const root = fileURLToPath(new URL('../../', import.meta.url))
const rows = []
const ms = (x) => `${Math.round(x)} ms`
const at = (list, p) => list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * p))]
const put = (measure, figure, budget) => {
  rows.push([measure, figure, budget])
  console.error(`${measure}: ${figure}`)
}

/** FREEZE is how long a page may not answer (ux.md 9); the bench fails above it. */
const FREEZE = 100
const frozen = (doing, longest) => {
  put(`longest freeze while ${doing}`, longest === 0 ? 'none over 50 ms' : ms(longest), `${FREEZE} ms`)
  if (longest > FREEZE) process.exitCode = 1
}

/** firstPicture opens a page in browsers that know nothing yet. */
async function firstPicture(browser) {
  const demo = await startWeir(['demo', '--listen', '127.0.0.1:0', '--pace', '0'])
  const took = []
  for (let i = 0; i < 7; i++) {
    const page = await newPage(browser)
    await page.goto(demo.url, { waitUntil: 'commit' })
    await page.locator('.number').first().waitFor()
    took.push(await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => done(performance.now())))))
    await page.context().close()
  }
  await demo.stop()
  put('first picture of the demo, median of 7', ms(at(took, 0.5)), '1000 ms')
}

/** searched types words, one letter after another, and says how long each letter took to its rows. */
async function searched(page, words) {
  await page.evaluate(() => {
    const busy = () => document.querySelector('section [aria-busy]') !== null
    let typed = 0
    let waiting = false
    globalThis.took = []
    document.getElementById('search').addEventListener('input', (e) => (typed = e.timeStamp))
    new MutationObserver(() => {
      if (busy()) waiting = true
      else if (waiting) {
        waiting = false
        requestAnimationFrame(() => globalThis.took.push(performance.now() - typed))
      }
    }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-busy'] })
  })
  let had = 0
  for (const letter of words) {
    await page.keyboard.type(letter)
    await page.waitForFunction(([n]) => globalThis.took.length > n, [had], { timeout: 5000 }).catch(() => {})
    had = await page.evaluate(() => globalThis.took.length)
  }
  return page.evaluate(() => globalThis.took)
}

/** search types into a weir that knows many assets. */
async function search(browser) {
  const dir = mkdtempSync(join(tmpdir(), 'weir-bench-ui-'))
  const weir = await startWeir(['serve', '--listen', '127.0.0.1:0', '--data', dir])
  try {
    const sent = spawnSync('go', ['run', './bench/peer', '-url', weir.url, '-workload', 'growth', '-events', String(Math.ceil(ASSETS / 3) * 4)], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
    if (sent.status !== 0) throw new Error('the events were not accepted')
    const page = await newPage(browser)
    await page.goto(`${weir.url}/assets`)
    await page.locator('.grid [data-row-key]').first().waitFor({ timeout: 120_000 })
    await page.locator('#search').focus()
    const took = []
    let freeze = 0
    for (const words of ['orders daily', 'shop 1234', 'table_99', 'job 500']) {
      await page.locator('#search').fill('')
      await watchFreezes(page)
      took.push(...(await searched(page, words)))
      freeze = Math.max(freeze, await longestFreeze(page))
      await page.goto(`${weir.url}/assets`)
      await page.locator('.grid [data-row-key]').first().waitFor()
      await page.locator('#search').focus()
    }
    const known = (await page.locator('.found b').textContent()).trim()
    put(`search to pixels, ${known}, p95 of ${took.length} letters`, ms(at(took, 0.95)), '150 ms')
    put('the same, median', ms(at(took, 0.5)), '')
    frozen('typing in search', freeze)
    await page.context().close()
  } finally {
    await weir.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

/** pictures draws what is large. */
async function pictures(browser) {
  const weir = await startSeeded()
  try {
    const address = async (name, more) => `${weir.url}/lineage?focus=${await weir.id(name)}${more}`
    for (const [what, url, budget] of [
      ['lineage of a hub of 5,000, address to picture', await address('shop.hub', ''), '1000 ms'],
      ['lineage of 201 drawables in a row, address to picture', await address('shop.chain_0250', '&up=50&down=50'), '1000 ms'],
    ]) {
      const took = []
      for (let i = 0; i < 5; i++) {
        const page = await newPage(browser)
        took.push(await painted(page, url))
        await page.context().close()
      }
      put(`${what}, median of 5`, ms(at(took, 0.5)), budget)
    }
    const page = await newPage(browser)
    await page.goto(await address('shop.chain_0250', '&up=50&down=50'))
    await settled(page)
    await watchFreezes(page)
    const f = await frames(page)
    frozen('panning', await longestFreeze(page))
    const drawn = await page.locator('section.canvas').getAttribute('data-nodes')
    put(`frames while panning ${drawn} drawables: median, p95, worst`, [f.median, f.p95, f.worst].map(ms).join(', '), '17 ms at 60 a second')
    await page.context().close()
  } finally {
    await weir.stop()
  }
}

const browser = await startBrowser()
try {
  await firstPicture(browser)
  await pictures(browser)
  await search(browser)
} finally {
  await browser.close()
}
console.log(`${cpus().length} processors (${cpus()[0].model.trim()}), load ${loadavg()[0].toFixed(1)}, Chromium without a graphics card, embedded store`)
console.log('| measure | figure | budget |\n|---|---|---|')
for (const r of rows) console.log(`| ${r.join(' | ')} |`)
