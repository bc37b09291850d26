// How fast pages are, in a real browser.
import { newPage } from './browser.mjs'

/** anew does something some times, each time with a page of a browser that knows nothing. */
export async function anew(browser, times, doing) {
  const out = []
  for (let i = 0; i < times; i++) {
    const page = await newPage(browser)
    out.push(await doing(page))
    await page.context().close()
  }
  return out
}

/** settled waits until the picture of the address is drawn. */
export async function settled(page) {
  await page.locator('section.canvas[data-settled] .react-flow__node').first().waitFor({ state: 'attached' })
}

/** whole waits until an element of a page is there, and nothing in it is still read. */
export async function whole(page, element) {
  await page.locator(element).first().waitFor({ state: 'attached' })
  await page.waitForFunction(() => !document.querySelector('main [aria-busy="true"], main .skeleton'))
}

/** painted says how long it takes from the address to the picture, in ms of the page's own clock. */
export async function painted(page, url, ready = settled) {
  await page.goto(url, { waitUntil: 'commit' })
  await ready(page)
  return page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())))))
}

/** SCRIPT is what the first page may load of script, in bytes as they are sent (ux.md 9). */
export const SCRIPT = 180_000

/** received says how many bytes of script came over the wire to a page that knew none, and how many they are unpacked. */
export async function received(page) {
  const scripts = await page.evaluate(() => performance.getEntriesByType('resource').filter((e) => new URL(e.name).pathname.endsWith('.js')).map((e) => [e.encodedBodySize, e.decodedBodySize]))
  if (scripts.length < 3 || scripts.some(([sent]) => sent === 0)) throw new Error(`the browser says ${JSON.stringify(scripts)} of its scripts`)
  const sum = (i) => scripts.reduce((n, e) => n + e[i], 0)
  return { sent: sum(0), unpacked: sum(1) }
}

/**
 * watched does something with a page and says how long that could not answer meanwhile: its longest task of over
 * 50 ms as Chromium traces it, and how much of that a processor was at work. The rest the page waited for one.
 * most is the most work that any one task did.
 */
export async function watched(page, doing) {
  const browser = page.context().browser()
  await browser.startTracing(page, { categories: ['toplevel'] })
  try {
    await doing()
  } finally {
    var { traceEvents } = JSON.parse(await browser.stopTracing())
  }
  const mains = new Set(traceEvents.filter((e) => e.name === 'thread_name' && e.args.name === 'CrRendererMain').map((e) => `${e.pid} ${e.tid}`))
  const tasks = traceEvents.filter((e) => e.ph === 'X' && e.name === 'ThreadControllerImpl::RunTask' && mains.has(`${e.pid} ${e.tid}`))
  if (tasks.length === 0) throw new Error('the trace has no task of a page')
  const { dur, tdur = 0 } = tasks.reduce((a, b) => (b.dur > a.dur ? b : a))
  const most = tasks.reduce((most, t) => Math.max(most, t.tdur ?? 0), 0) / 1000
  return dur > 50_000 ? { longest: dur / 1000, own: tdur / 1000, most } : { longest: 0, own: 0, most }
}

/** frames drags the picture about for two seconds and gives the lengths of the frames, in ms. */
export async function frames(page) {
  const box = await page.locator('section.canvas').boundingBox()
  const [x, y] = [box.x + box.width / 2, box.y + box.height * 0.85]
  await page.evaluate(() => {
    const at = []
    globalThis.stopFrames = () => at
    const tick = (t) => (at.push(t), requestAnimationFrame(tick))
    requestAnimationFrame(tick)
  })
  await page.mouse.move(x, y)
  await page.mouse.down()
  for (let i = 0; i < 120; i++) await page.mouse.move(x + Math.sin(i / 10) * 260, y - Math.abs(Math.cos(i / 14)) * 120)
  await page.mouse.up()
  const at = await page.evaluate(() => globalThis.stopFrames())
  const long = at.slice(1).map((t, i) => t - at[i]).sort((a, b) => a - b)
  return { frames: long.length, median: long[Math.floor(long.length / 2)], p95: long[Math.floor(long.length * 0.95)], worst: long.at(-1) }
}
