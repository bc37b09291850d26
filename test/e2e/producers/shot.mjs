// A picture of an asset's page.   shot.mjs URL ID HOPS FILE
import { newPage, startBrowser } from '../../../ui/e2e/browser.mjs'

const [url, id, hops, file] = process.argv.slice(2)
const browser = await startBrowser()
try {
  const page = await newPage(browser, url)
  await page.goto(`${url}/a/${id}?hops=${hops}`)
  await page.locator('.react-flow__node').first().waitFor()
  await page.screenshot({ path: file, fullPage: true })
  if (page.wrong.length) throw new Error(page.wrong.join('\n'))
} finally {
  await browser.close()
}
