// The page of GraphQL questions: asked by keys, kept, and the schema beside it.
import assert from 'node:assert/strict'
import { run, taken } from './copied.mjs'

export default async function questions({ url, test, axe, out }) {
  await test('a question is asked by keys, its address asks the same, and it is remembered', async (page) => {
    await page.goto(`${url}/query`)
    const area = page.getByRole('textbox', { name: 'Question' })
    await area.fill('query Mine($n: Int!) { assets(first: $n) { nodes { id } } }')
    await page.getByLabel('Variables, as JSON').fill('{ "n": 3 }')
    await page.keyboard.press('Control+Enter')
    await page.locator('.answer').waitFor()
    assert.equal(JSON.parse(await page.locator('.answer').innerText()).data.assets.nodes.length, 3)
    const command = await taken(page, page.locator('.title'), 'Command')
    assert.match(command, /^weir query - --var 'n=3' <<'GRAPHQL'/)
    assert.equal(JSON.parse(await run(command, url)).assets.nodes.length, 3)
    await page.waitForURL(/q=query/)
    await page.reload()
    assert.match(await area.inputValue(), /query Mine/)
    await area.fill('{ nonsense }')
    await page.getByRole('button', { name: /^Ask/ }).click()
    await page.locator('.answer.bad').waitFor()
    await axe(page)
    await page.getByRole('button', { name: 'Mine' }).click()
    assert.match(await area.inputValue(), /query Mine/)
    await page.getByLabel('Variables, as JSON').fill('{')
    await page.getByRole('button', { name: /^Ask/ }).click()
    await page.getByText('The variables are not JSON').waitFor()
  })

  await test('the schema is walked without leaving the page', async (page) => {
    await page.goto(`${url}/query`)
    await page.locator('.docs dt', { hasText: 'timeline' }).waitFor()
    await page.locator('.docs').getByRole('button', { name: 'Timeline!' }).click()
    await page.waitForURL(/type=Timeline/)
    await page.getByRole('searchbox', { name: 'Find a type or a field' }).fill('decisionout')
    await page.getByRole('button', { name: 'DecisionOutcome', exact: true }).click()
    await page.locator('.docs dt', { hasText: 'NOTHING' }).waitFor()
    const find = page.getByRole('searchbox', { name: 'Find a type or a field' })
    await find.fill('lineagescene')
    await page.getByRole('button', { name: 'Query.lineageScene', exact: true }).click()
    await page.locator('.docs [data-at] dt', { hasText: 'lineageScene' }).waitFor()
    await find.fill('e')
    await page.getByText(/^100 of \d+ are listed/).waitFor()
    await axe(page)
    await find.fill('no such field')
    await page.getByText('Nothing of this name').waitFor()
    await find.fill('')
    await page.screenshot({ path: `${out}query.png` })
  })

  for (const colorScheme of ['light', 'dark']) {
    await test(`axe finds nothing serious, ${colorScheme}`, async (page) => {
      await page.goto(`${url}/query`)
      await page.locator('.docs dt').first().waitFor()
      await axe(page)
    }, { colorScheme })
  }
}
