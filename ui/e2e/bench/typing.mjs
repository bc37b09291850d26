// A hand that types into the search of the assets.

/** WORDS are what people type: names, parts and middles of them, numbers, columns, descriptions, and what is nowhere. */
export const WORDS = ['orders daily', 'shop 1234', 'table_99', 'job 500', 'column_19', 'holds']

/** typed types words one letter after another, each as soon as the one before is answered, and says how long each took to its rows on the screen. */
export async function typed(page, words) {
  const search = page.locator('#search')
  await search.fill('')
  await page.waitForFunction(() => !document.querySelector('section[aria-busy]'))
  await search.focus()
  await page.evaluate(() => {
    const seen = new MutationObserver(() => {
      const busy = document.querySelector('section[aria-busy]') !== null
      if (busy === globalThis.busy) return
      globalThis.busy = busy
      // The frame that shows the answer is done when what was put behind it is.
      if (!busy) requestAnimationFrame(() => setTimeout(() => globalThis.answered?.(performance.now() - globalThis.typedAt)))
    })
    globalThis.busy = false
    document.getElementById('search').addEventListener('input', (e) => (globalThis.typedAt = e.timeStamp))
    seen.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-busy'] })
    globalThis.stopSeeing = () => seen.disconnect()
  })
  const took = []
  for (const [i, letter] of [...words].entries()) {
    if (letter === ' ') {
      await page.keyboard.type(letter) // asks nothing new
      continue
    }
    await page.evaluate(() => void (globalThis.next = new Promise((done, fail) => (globalThis.answered = done, setTimeout(() => fail(new Error('no answer within 20 s')), 20_000)))))
    await page.keyboard.type(letter)
    took.push(await page.evaluate(() => globalThis.next).catch((e) => { throw new Error(`"${words.slice(0, i + 1)}": ${e.message}`) }))
  }
  await page.evaluate(() => globalThis.stopSeeing())
  return took
}
