// Chromium and the real binary, for the browser tests.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

export const out = fileURLToPath(new URL('out/', import.meta.url))
const root = fileURLToPath(new URL('../../', import.meta.url))
mkdirSync(out, { recursive: true })

/** startWeir runs the binary's demo, or takes the one that runs at WEIR_URL. */
export async function startWeir(args) {
  if (process.env.WEIR_URL && args[0] === 'demo') return { url: process.env.WEIR_URL.replace(/\/$/, ''), stop: async () => 0 }
  const child = spawn(process.env.WEIR_BIN ?? `${root}bin/weir`, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8')
  const url = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`weir is not ready after 60 s:\n${said}`)), 60_000)
    // Read on after the start: a full pipe would stop weir.
    child.on('error', reject)
    child.on('exit', (code) => reject(new Error(`weir ended with ${code}:\n${said}`)))
    child.stderr.on('data', (text) => {
      said += text
      const ready = /ready url=(\S+)/.exec(said)
      if (ready) {
        clearTimeout(late)
        resolve(ready[1])
      }
    })
  })
  const end = (signal) =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode)
      child.on('exit', resolve)
      child.kill(signal)
    })
  return { url, stop: () => end('SIGINT'), kill: () => end('SIGKILL'), freeze: () => child.kill('SIGSTOP'), thaw: () => child.kill('SIGCONT') }
}

export async function startBrowser() {
  const path = process.env.WEIR_CHROMIUM ?? spawnSync('sh', ['-c', 'command -v chromium || command -v chromium-browser || command -v google-chrome']).stdout.toString().trim()
  if (!path) throw new Error('no Chromium: run scripts/chromium.sh install')
  return chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--no-first-run', '--disable-component-update', '--disable-sync'] })
}

const opened = []

/** sent are the names of the mutations that pages sent. */
export const sent = new Set()

/** wrongs are what must not happen, of all pages that were opened since it was asked last. */
export const wrongs = () => opened.splice(0).flatMap((page) => page.wrong)

/** newPage opens a tab that notes what must not happen: errors, blocked or foreign requests. */
export async function newPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', locale: 'en-GB', timezoneId: 'UTC', ...options })
  const page = await context.newPage()
  page.wrong = []
  opened.push(page)
  page.on('pageerror', (e) => page.wrong.push(`error: ${e.message}`))
  page.on('console', (m) => m.type() === 'error' && !/ERR_CONNECTION|ERR_INCOMPLETE|Failed to load resource/.test(m.text()) && page.wrong.push(`console: ${m.text()}`))
  page.on('request', (r) => {
    if (r.isNavigationRequest()) return
    const { origin, protocol } = new URL(r.url())
    if (protocol !== 'data:' && origin !== new URL(page.url()).origin) page.wrong.push(`foreign request: ${r.url()}`)
    const mutation = r.url().endsWith('/graphql') && /^\s*mutation (\w+)/.exec(r.postDataJSON()?.query ?? '')
    if (mutation) sent.add(mutation[1])
  })
  return page
}

/** asker puts GraphQL questions to a weir. */
export const asker = (url) => async (query, variables = {}) => {
  const r = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }) })
  const { data, errors } = await r.json()
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}

/** until looks until there is something, and gives it. */
export async function until(what, look, limit = 60_000) {
  for (const end = Date.now() + limit; ; await new Promise((r) => setTimeout(r, 200))) {
    const found = await look()
    if (found) return found
    if (Date.now() > end) throw new Error(`${what}: not within ${limit / 1000} s`)
  }
}

/** tabTo presses Tab until something is focused, and seen to be. */
export async function tabTo(page, target) {
  const there = () => target.evaluate((e) => e === document.activeElement)
  for (let i = 0; i < 80 && !(await there()); i++) await page.keyboard.press('Tab')
  if (!(await there())) throw new Error(`${target}: not reached by Tab`)
  await seen(page)
}

/** seen holds when one sees what has the focus: without its ring the picture of it is another. */
export async function seen(page) {
  const at = await page.evaluateHandle(() => document.activeElement)
  const what = await at.evaluate((e) => (e === document.body ? '' : e.outerHTML.slice(0, 160)))
  if (!what) throw new Error('nothing has the focus')
  const picture = async () => {
    const box = await at.evaluate((e) => {
      const r = e.getBoundingClientRect()
      const [x, y] = [Math.max(0, r.left - 6), Math.max(0, r.top - 6)]
      return { x, y, width: Math.min(innerWidth, r.right + 6) - x, height: Math.min(innerHeight, r.bottom + 6) - y }
    })
    if (box.width <= 0 || box.height <= 0) throw new Error(`the focus is outside of the window: ${what}`)
    return page.screenshot({ clip: box })
  }
  const ring = (on) => at.evaluate((e, on) => ['outline', 'box-shadow'].forEach((p) => (on ? e.style.removeProperty(p) : e.style.setProperty(p, 'none', 'important'))), on)
  for (let i = 0; ; i++) {
    const before = await picture()
    await ring(false)
    const without = await picture()
    await ring(true)
    if (!before.equals(await picture())) {
      if (i < 10) continue // what is shown changed meanwhile
      throw new Error(`never at rest: ${what}`)
    }
    if (before.equals(without)) throw new Error(`the focus is not seen: ${what}`)
    return
  }
}

/** bothThemes looks at a page in the light, then in the dark, and leaves it in the light. */
export async function bothThemes(page, look) {
  for (const colorScheme of ['dark', 'light']) {
    await page.emulateMedia({ colorScheme })
    await look()
  }
}

/** openToday opens Today of a demo that has just begun: who is there before the first event sees the first steps, and goes on from them. */
export async function openToday(page, url) {
  await page.goto(url)
  const goOn = page.getByRole('link', { name: 'See today' })
  await page.locator('.number').first().or(goOn).first().waitFor()
  if (await goOn.isVisible()) await goOn.click()
}

/** withoutNews cuts a page off from what weir tells by itself: then nothing asks again but the reader. It gives the way back. */
export async function withoutNews(page) {
  const told = /\/(api\/v1\/stream|healthz)/
  await page.addInitScript(() => delete window.SharedWorker) // whose requests are not the page's
  await page.route(told, (route) => route.abort())
  return () => page.unroute(told)
}

/** startEmpty runs a server that has seen nothing; post sends it an event of a tool, again starts it anew after a kill: the same data, the same address. */
export async function startEmpty() {
  const dir = mkdtempSync(join(tmpdir(), 'weir-empty-'))
  const serve = (listen) => startWeir(['serve', '--listen', listen, '--data', dir])
  let weir = await serve('127.0.0.1:0')
  const post = async (tool, n) => {
    const r = await fetch(`${weir.url}/api/v1/lineage`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({
      eventType: 'COMPLETE', eventTime: new Date().toISOString(), producer: 'https://example.com/e2e', schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
      run: { runId: `0199a1f0-0000-7000-8000-${String(n).padStart(12, '0')}` },
      job: { namespace: 'prod', name: `of_${tool}`, facets: { jobType: { _producer: 'https://example.com/e2e', _schemaURL: 'https://openlineage.io/spec/facets/2-0-3/JobTypeJobFacet.json', processingType: 'BATCH', integration: tool.toUpperCase(), jobType: 'JOB' } } },
      outputs: [{ namespace: 'postgres://wh:5432', name: `shop.raw.${tool}` }],
    }) })
    if (r.status !== 201) throw new Error(`the event is refused: ${r.status} ${await r.text()}`)
  }
  const again = async () => (weir = await serve(new URL(weir.url).host))
  return { url: weir.url, post, kill: () => weir.kill(), again, stop: async () => (await weir.stop(), rmSync(dir, { recursive: true, force: true })) }
}

/** agree presses Enter in a dialog once its button is alive: not before what will happen is shown. */
export async function agree(page) {
  await page.locator('dialog.confirm .buttons button:not([type=button]):enabled').waitFor()
  await page.keyboard.press('Enter')
}
