// The pages of a weir that knows many assets: searched, opened and scrolled.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { asker, newPage, startWeir, until } from '../browser.mjs'
import { anew, painted, watched, whole } from '../measure.mjs'
import { at, frozen, ms, put, unfrozen, within } from './table.mjs'
import { typed, WORDS } from './typing.mjs'

const ASSETS = 100_000
const root = fileURLToPath(new URL('../../../', import.meta.url))

/** A policy that decides about some thousand jobs, so that there is a ledger to read. */
const POLICY = `apiVersion: weir.dev/v1
kind: Policy
name: nightly
mode: shadow
owner: team-bench
select: { asset: "job:prod/team_1*" }
want: { max_lag: 1h }
`

/** large measures a weir while it learns, and then one that has learnt. */
export async function large(browser) {
  const dir = mkdtempSync(join(tmpdir(), 'weir-bench-ui-'))
  mkdirSync(join(dir, 'policies'))
  writeFileSync(join(dir, 'policies', 'nightly.yaml'), POLICY)
  const weir = await startWeir(['serve', '--listen', '127.0.0.1:0', '--data', join(dir, 'data'), '--policies', join(dir, 'policies')])
  const ask = asker(weir.url)
  try {
    const sent = spawnSync('go', ['run', './bench/peer', '-url', weir.url, '-workload', 'growth', '-events', String(Math.ceil(ASSETS / 3) * 4)], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
    if (sent.status !== 0) throw new Error('the events were not accepted')
    await learning(browser, weir.url, ask)
    await until('weir has caught up', async () => (await behind(ask)) === 0, 600_000)
    await search(browser, weir.url)
    await opened(browser, weir.url, ask)
    await scrolled(browser, weir.url)
  } finally {
    await weir.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

/** behind is how many events some store has yet to take in. */
async function behind(ask) {
  const { position, projectorLag, graphPosition, searchPosition } = (await ask('{ system { position projectorLag graphPosition searchPosition } }')).system
  return projectorLag + Number(position) - Math.min(Number(graphPosition ?? 0), Number(searchPosition ?? 0))
}

const rows = '.grid [data-row-key]'

/** learning types while weir takes in what was sent, on the same processors: no budget, for there is no telling how many are left for the page. */
async function learning(browser, url, ask) {
  const page = await newPage(browser)
  await page.goto(`${url}/assets`)
  await page.locator(rows).first().waitFor({ timeout: 120_000 })
  const took = []
  let left = 0
  const freeze = await watched(page, async () => {
    for (const words of ['orders', 'shop 1', 'table_9']) {
      left = await behind(ask)
      if (left > 0) took.push(...(await typed(page, words)))
    }
  })
  await page.context().close()
  if (took.length === 0) return put('search to pixels while weir learns', 'it had learnt all before a letter was typed')
  put(`search to pixels while weir learns, ${left.toLocaleString('en')} events behind at the last word: median, p95 of ${took.length} letters`, [0.5, 0.95].map((p) => ms(at(took, p))).join(', '))
  frozen('typing in search as weir learns', freeze, 0)
}

async function search(browser, url) {
  const page = await newPage(browser)
  await page.goto(`${url}/assets`)
  await whole(page, rows)
  const known = (await page.locator('.found b').textContent()).trim()
  const took = []
  const freeze = await watched(page, async () => {
    for (const words of WORDS) took.push(...(await typed(page, words)))
  })
  within(`search to pixels, ${known}, p95 of ${took.length} letters`, at(took, 0.95), 150)
  put('the same, median', ms(at(took, 0.5)))
  frozen('typing in search', freeze)
  await page.context().close()
}

/** opened opens pages in browsers that know nothing yet. */
async function opened(browser, url, ask) {
  const { dataset } = await ask('{ dataset(namespace: "postgres://wh:5432", name: "shop.m1.table_1") { id } }')
  for (const [what, path, element] of [
    ['an asset', `/a/${dataset.id}`, '.react-flow__node'],
    ['a busy hour of the timeline', '/timeline?from=2026-11-01T07:00:00Z&to=2026-11-01T08:00:00Z', '[data-piece]'],
    ['Today', '/', '[data-row], .note'],
    ['the assets', '/assets', rows],
    ['the decisions', '/decisions', rows],
  ]) {
    const open = (page) => painted(page, url + path, (p) => whole(p, element))
    const took = await anew(browser, 5, open)
    within(`${what} among 100,000 assets, address to picture, median of ${took.length}`, at(took, 0.5), 1000)
    unfrozen(`opening ${what}`, await anew(browser, 5, (page) => watched(page, () => open(page))))
  }
}

/** scrolled turns the wheel through lists that are read page by page. */
async function scrolled(browser, url) {
  for (const [what, path] of [['the assets', '/assets'], ['the decisions', '/decisions']]) {
    const page = await newPage(browser)
    await page.goto(url + path)
    await whole(page, rows)
    await page.locator('.grid').hover()
    const freeze = await watched(page, async () => {
      for (let i = 0; i < 80; i++) {
        await page.mouse.wheel(0, 400)
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
      }
    })
    const last = await page.locator('.grid [role=row]').last().getAttribute('aria-rowindex')
    frozen(`scrolling ${what} to row ${Number(last).toLocaleString('en')}`, freeze)
    await page.context().close()
  }
}
