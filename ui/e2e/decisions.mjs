// The ledger: filters in the address, a decision with its evidence, and each
// thing that can be done, done through the page.
import assert from 'node:assert/strict'
import { agree, until } from './browser.mjs'
import { copies } from './copied.mjs'
import { events, startSeeded } from './seed.mjs'

export default async function decisions({ url, test, axe, ask, out }) {
  const [decided, action] = await firstAction(ask)

  await test('the ledger is filtered by the address, and the address by the ledger', async (page) => {
    await page.goto(`${url}/decisions`)
    await page.locator('[data-row-key]').first().waitFor()
    await page.getByLabel('Outcome').selectOption('WAIT')
    await page.waitForURL('**/decisions?outcome=WAIT')
    await page.locator('[data-row-key] .chip', { hasText: 'waits' }).first().waitFor()
    assert.equal(await page.locator('[data-row-key] .chip', { hasText: 'nothing to do' }).count(), 0)
    await page.reload()
    await page.locator('[data-row-key] .chip', { hasText: 'waits' }).first().waitFor()
    await page.getByLabel('Mode').selectOption('ACT_CANCEL')
    await page.getByText('Nothing fits these filters.').waitFor()
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.waitForURL('**/decisions')
    await page.locator('[data-row-key]').first().waitFor()
    await page.screenshot({ path: `${out}decisions.png` })
  })

  await test('the link that is copied of the last hours stands still, and shows what was decided in them', async (page) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.goto(`${url}/decisions?since=24h&outcome=WAIT`)
    await page.locator('[data-row-key]').first().waitFor()
    await page.evaluate(() => navigator.clipboard.writeText(''))
    await page.keyboard.press('.')
    const link = new URL(await until('the link is copied', async () => { const text = await page.evaluate(() => navigator.clipboard.readText()); return text.includes('from=') && text }))
    assert.deepEqual([...link.searchParams.keys()].sort(), ['from', 'outcome', 'to'])
    const [from, to] = ['from', 'to'].map((k) => link.searchParams.get(k))
    assert.ok(Math.abs(Date.parse(to) - Date.parse(from) - 24 * 3600_000) < 120_000, `${link}`)
    assert.match(page.url(), /since=24h/)
    const { decisions } = await ask('query($from: Time, $to: Time) { decisions(since: $from, until: $to, outcomes: [WAIT], first: 100) { nodes { id } } }', { from, to })
    await page.goto(link.href)
    await page.locator('[data-row-key]').first().waitFor()
    assert.equal(await page.locator('[data-row-key]').first().getAttribute('data-row-key'), decisions.nodes[0].id)
    await page.locator('#ledger .under').getByText(/^From .* until /).waitFor()
    await page.locator('#ledger .under').getByRole('button', { name: 'Show all' }).click()
    await page.waitForURL((u) => !u.searchParams.has('from'))
  })

  await test('both lists, a decision and an action are taken along as a command and a question that answer', async (page) => {
    await page.goto(`${url}/decisions?outcome=WAIT&policy=churn-training&since=24h`)
    await page.locator('[data-row-key]').first().waitFor()
    const waits = await copies(page, page.locator('#ledger'), /^weir query - <<'GRAPHQL'\nquery LedgerDecisions \{[^]*outcomes: \[WAIT\]/)
    for (const { decisions } of [waits.data, JSON.parse(waits.printed)]) assert.deepEqual([...new Set(decisions.nodes.map((d) => `${d.outcome} ${d.policyName}`))], ['WAIT churn-training'])
    await page.goto(`${url}/decisions?tab=actions`)
    await page.locator('[data-row-key]').first().waitFor()
    const all = await copies(page, page.locator('#actions'), /^weir actions --first 100$/)
    assert.ok(all.data.actions.nodes.some((a) => all.printed.includes(a.id)))
    await page.goto(`${url}/decisions?tab=actions&state=failed&target=${decided.target.id}`)
    await page.locator('#actions').waitFor()
    await copies(page, page.locator('#actions'), /^weir query -[^]*filter: \{target: "asset_/)
    await page.goto(`${url}/d/${decided.id}`)
    await page.locator('.verdict').first().waitFor()
    const why = await copies(page, page.locator('.head'), /^weir why decision_/)
    assert.equal(why.data.node.id, decided.id)
    await page.goto(`${url}/d/${action.id}`)
    await page.locator('.steps-list li').first().waitFor()
    assert.ok((await copies(page, page.locator('.head'), /^weir why action_/)).printed.includes(action.id))
  })

  await test('a decision is opened by keys alone, and says why, on what evidence, and what can flip it', async (page) => {
    await page.goto(`${url}/decisions?outcome=RUN&mode=ACT`)
    await page.locator('[data-row-key]').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/d/decision_*')
    await page.locator('.verdict').waitFor()
    assert.ok((await page.locator('.tree li').count()) > 3)
    await page.goto(`${url}/d/${decided.id}`)
    await page.locator('.tree sup a').first().click()
    await page.locator('.evidence li:target').waitFor()
    await page.locator('.evidence a').first().click()
    await page.waitForURL(/\/(r|a|d)\//)
  })

  await test('what else was decided on an asset is listed without the decision itself', async (page) => {
    await page.goto(`${url}/d/${decided.id}`)
    const also = page.locator('#also-decided-on-it')
    await also.getByRole('link', { name: /^All decisions on/ }).or(also.getByText('Nothing else.')).waitFor()
    assert.equal(await also.locator(`a[href$="/d/${decided.id}"]`).count(), 0)
    await page.locator('.head').getByText(decided.id).waitFor()
  })

  await test('an action shows its history, key and versions; a run of it is asked for through the page', async (page) => {
    await page.goto(`${url}/d/${action.id}`)
    await page.locator('.steps-list li').nth(2).waitFor()
    await page.screenshot({ path: `${out}action.png`, fullPage: true })
    await page.getByRole('button', { name: 'Run now' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(action.connector, { exact: true }).waitFor()
    await axe(page)
    assert.ok(await dialog.getByRole('button', { name: 'Run now' }).isDisabled(), 'without a reason nothing goes')
    await dialog.getByLabel(/^Why/).fill('the browser test asks')
    await dialog.getByRole('button', { name: 'Run now' }).click()
    await dialog.getByRole('status').getByText('Written down').waitFor()
    const id = await dialog.getByRole('status').locator('code').innerText()
    assert.match(id, /^action_/)
    await dialog.getByText(/at position \d+/).waitFor()
    const { node } = await ask('query($id: ID!) { node(id: $id) { ... on Action { reason } } }', { id })
    assert.equal(node.reason, 'the browser test asks')
  })

  await test('pause and resume say what they do, and are written down; the one that would change nothing is not offered', async (page) => {
    const [pause, resume] = ['Pause the job', 'Resume the job'].map((name) => page.getByRole('button', { name }))
    for (const [verb, other] of [['Pause the job', resume], ['Resume the job', pause]]) {
      await page.goto(`${url}/d/${action.id}`)
      await page.getByRole('button', { name: verb }).waitFor()
      await other.waitFor({ state: 'detached' }) // while it is not known, both are there
      await page.getByRole('button', { name: verb }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByText(verb === 'Resume the job' ? /Resuming/ : /policies start nothing there/).first().waitFor() // its effect, and what will happen
      await dialog.getByLabel(/^Why/).fill(`the browser test: ${verb}`)
      await agree(page)
      await dialog.getByRole('status').locator('code').waitFor()
      await dialog.getByRole('button', { name: 'Close' }).click()
      await dialog.waitFor({ state: 'detached' })
      await other.waitFor()
      await page.getByRole('button', { name: verb }).waitFor({ state: 'detached' }) // when the tool has followed
    }
    await page.getByText(/The job is not paused: .* resumed it at/).waitFor()
    const { actions } = await ask('{ actions(filter: { kinds: [PAUSE, RESUME] }, first: 2) { nodes { kind reason } } }')
    assert.deepEqual(actions.nodes.map((x) => x.kind), ['RESUME', 'PAUSE'])
  })

  await test('the kill switch asks for its name, is said while it is on, and is taken back', async (page) => {
    await page.goto(`${url}/decisions`)
    await page.getByRole('button', { name: 'Stop everything' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(/^Why/).fill('the browser test')
    const go = dialog.getByRole('button', { name: 'Stop everything' })
    assert.ok(await go.isDisabled(), 'the name has to be typed')
    await dialog.getByLabel(/^Type/).fill('everything weir does')
    await go.click()
    await dialog.getByText('Nothing more is started there').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('The kill switch is on').waitFor()
    await axe(page)
    await page.getByRole('button', { name: 'Let everything go on' }).click()
    await dialog.getByLabel(/^Why/).fill('the browser test is over')
    await agree(page)
    await dialog.getByText('It is off').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('The kill switch is on').waitFor({ state: 'detached' })
  })

  await test('what stopped a cancel is said: a closed action has no button for it', async (page) => {
    await page.goto(`${url}/decisions?tab=actions`)
    await page.locator('[data-row-key]').first().waitFor()
    await page.getByLabel('State').selectOption('failed')
    await page.waitForURL('**state=failed')
    await page.getByText('Nothing fits these filters.').or(page.locator('[data-row-key]').first()).first().waitFor()
    await page.goto(`${url}/d/action_nothing`)
    await page.getByText('No decision or action has this id.').waitFor()
  })

  const own = await startSeeded(events([['load', [], ['shop.raw.held']]]))
  await test('what is sent to no tool has no key, while it is open and after', async (page) => {
    const asset = await own.id('shop.raw.held')
    const order = (verb) => own.ask(`mutation($in: AssetOrderInput!) { ${verb}(input: $in) { action { id key } } }`, { in: { asset, reason: 'the browser test' } })
    const { hold } = await order('hold')
    assert.ok(!hold.action.key)
    await page.goto(`${own.url}/d/${hold.action.id}`)
    await page.locator('.steps-list li').first().waitFor()
    assert.equal(await page.locator('#key').count(), 0)
    assert.doesNotMatch(await page.locator('.head').innerText(), /·\s*$/m, 'a dot after nothing')
    await order('release')
    await page.reload()
    await page.locator('.steps-list li').first().waitFor()
    assert.equal(await page.locator('#key').count(), 0)
  }).finally(() => own.stop())

  for (const colorScheme of ['light', 'dark']) {
    await test(`axe finds nothing serious, ${colorScheme}`, async (page) => {
      for (const [path, wait] of [['/decisions', '[data-row-key]'], ['/decisions?tab=actions', '[data-row-key]'], [`/d/${decided.id}`, '.tree li'], [`/d/${action.id}`, '.steps-list li']]) {
        await page.goto(url + path)
        await page.locator(wait).first().waitFor()
        await axe(page)
      }
    }, { colorScheme })
  }
}

/** firstAction waits until the demo has come to an action that succeeded. */
async function firstAction(ask) {
  return until('the demo comes to an action', async () => {
    const { decisions, actions } = await ask('{ decisions(outcomes: [RUN], modes: [ACT], first: 20) { nodes { id target { id } action { id } } } actions(filter: { states: [SUCCEEDED] }, first: 20) { nodes { id connector externalId } } }')
    const [decided, action] = [decisions.nodes.find((x) => x.action), actions.nodes.find((x) => x.externalId && /airflow/.test(x.connector))]
    return decided && action && [decided, action]
  })
}
