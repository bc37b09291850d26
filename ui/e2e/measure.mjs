// How fast pictures of lineage are, in a real browser.

/** settled waits until the picture of the address is drawn. */
export async function settled(page) {
  await page.locator('section.canvas[data-settled] .react-flow__node').first().waitFor({ state: 'attached' })
}

/** painted says how long it takes from the address to the picture, in ms of the page's own clock. */
export async function painted(page, url) {
  await page.goto(url)
  await settled(page)
  return page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())))))
}

/** watchFreezes notes from now on when the page could not answer, as Chromium tells it (over 50 ms). */
export async function watchFreezes(page) {
  await page.evaluate(() => {
    globalThis.freezes = []
    new PerformanceObserver((list) => globalThis.freezes.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'longtask' })
  })
}

/** longestFreeze is the longest since watchFreezes in ms; 0: none was over 50 ms. */
export const longestFreeze = (page) => page.evaluate(() => new Promise((done) => setTimeout(() => done(Math.max(0, ...globalThis.freezes)))))

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
