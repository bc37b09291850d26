// Today: rows by root cause, who looks after them, rows that stay where they
// are, what comes next, and the first steps of an empty weir.
import assert from 'node:assert/strict'
import { copies, run } from './copied.mjs'
import { agree, startEmpty, startWeir, until, withoutNews } from './browser.mjs'

const tools = ['airflow', 'dbt', 'spark', 'sagemaker']

/** told waits until the demo's story is: the training waits once more, and nothing runs. */
export async function told(ask) {
  await until('the story is told', async () => {
    const { actions, open, attention } = await ask('{ actions(filter: { states: [SUCCEEDED] }) { nodes { policies } } open: actions(filter: { open: true }) { nodes { id } } attention { nodes { members { nodes { name { name } } } } } }')
    const waits = attention.nodes.some((n) => n.members.nodes.some((m) => m.name.name === 'model/churn'))
    return waits && open.nodes.length === 0 && actions.nodes.some((a) => a.policies.includes('churn-training'))
  })
}

export default async function today({ url, test, axe, ask, out, newPage }) {
  await test('an asset that waits is listed under what has to change first, with whom to ask and how much hangs on it', async (page) => {
    await told(ask)
    const { attention } = await ask('{ attention { totalCount } }')
    await page.goto(url)
    const rows = page.locator('.causes > li')
    await rows.first().waitFor()
    assert.equal(await rows.count(), attention.totalCount)
    const nightly = rows.filter({ hasText: 'dbt_nightly' })
    assert.match(await nightly.innerText(), /job/)
    await nightly.getByText(/ask team-analytics/).waitFor()
    await nightly.getByText(/^\d+ assets/).waitFor()
    await nightly.locator('.affected', { hasText: 'model/churn' }).waitFor()
    await page.screenshot({ path: `${out}today-causes.png`, fullPage: true })
    await nightly.getByRole('link', { name: 'Lineage of' }).click()
    await page.waitForURL('**/lineage?focus=**')
  })

  await test('what waits counts as waiting whatever else is wrong of it, by the same number in a terminal; and its row says both', async (page) => {
    const { attention } = await ask('{ attention { waiting nodes { members { nodes { name { name } state also } } } } }')
    const churn = attention.nodes.flatMap((n) => n.members.nodes).find((m) => m.name.name === 'model/churn')
    assert.deepEqual([churn.state, churn.also], ['AT_RISK', ['WAIT']])
    assert.ok(attention.waiting > 0)
    await page.goto(url)
    await page.locator('.number[data-kind=WAIT] strong', { hasText: new RegExp(`^${attention.waiting}$`) }).waitFor()
    const row = page.locator('.affected li', { hasText: 'model/churn' })
    assert.match(await row.innerText(), /at risk\s+waits/)
    assert.match(await run('weir status', url), new RegExp(`, ${attention.waiting} waiting;`))
  })

  await test('what is wrong, and what comes, are taken along as a command and a question that answer', async (page) => {
    await page.goto(url)
    await page.locator('.causes > li').first().waitFor()
    const wrong = await copies(page, page.getByRole('region', { name: 'Needs attention' }), /^weir ack --first 30$/)
    assert.ok(wrong.data.attention.nodes.some((n) => wrong.printed.includes(n.id)))
  })

  await test('somebody looks after it: written down, seen by others at once, taken back; by keys alone', async (page) => {
    await page.goto(url)
    const other = await newPage()
    await other.goto(url)
    const ack = page.getByRole('button', { name: 'Acknowledge dbt_nightly' })
    await ack.waitFor()
    await other.getByRole('button', { name: 'Acknowledge dbt_nightly' }).waitFor()
    await ack.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await axe(page)
    await page.keyboard.type('the upstream team <b>restarts</b> it')
    await agree(page)
    await page.getByRole('dialog').getByText('Written down: you look after it.').waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.locator('.acked', { hasText: '<b>restarts</b>' }).waitFor()
    await other.locator('.acked', { hasText: 'looks after it' }).waitFor()
    await other.context().close()
    await page.reload()
    await page.getByRole('button', { name: 'Take back' }).click()
    await page.keyboard.type('it was not me')
    await agree(page)
    await page.getByRole('dialog').getByText('not looked after any more').waitFor()
    await page.keyboard.press('Enter')
    await ack.waitFor()
  })

  await test('what comes within 6 h says whether the policy may act; what only says so is hatched', async (page) => {
    const proposed = (id, mode, trial) => ({ __typename: 'Action', id, freshness: trial ? { __typename: 'Freshness', policy: { __typename: 'Policy', trial } } : null, state: 'PROPOSED', mode, toolJob: `job_${id}`, connector: 'airflow-main', says: 'waits: raw', policies: ['p'], expectedAt: null, targetName: { __typename: 'AssetName', namespace: 'pg', name: 'a' }, target: null })
    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('query Today')) return route.continue()
      assert.match(route.request().postData(), /PT6H/)
      const response = await route.fetch()
      const body = await response.json()
      body.data.next.nodes = [proposed('a', 'ACT'), proposed('s', 'SHADOW', { __typename: 'PolicyTrial', to: 'ACT', until: '2099-01-01T00:00:00Z' })]
      await route.fulfill({ response, json: body })
    })
    await page.goto(url)
    const rows = page.locator('[data-row=next]')
    await rows.nth(1).waitFor()
    assert.match(await rows.nth(0).innerText(), /acts/)
    assert.match(await rows.nth(1).innerText(), /shadow: only says so[^]*on trial: act from/)
    assert.doesNotMatch(await rows.nth(0).innerText(), /on trial/)
    const hatched = (i) => rows.nth(i).evaluate((e) => getComputedStyle(e).backgroundImage)
    assert.match(await hatched(1), /gradient/)
    assert.equal(await hatched(0), 'none')
    await axe(page)
  })

  await test('rows stay where they are: new ones come when the reader wants them, what is over says so', async (page) => {
    let edit = (nodes) => nodes
    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('query Today')) return route.continue()
      const response = await route.fetch()
      const body = await response.json()
      body.data.attention.nodes = edit(body.data.attention.nodes)
      await route.fulfill({ response, json: body })
    })
    await page.goto(url)
    const rows = page.locator('.causes > li')
    await rows.first().waitFor()
    const before = await rows.count()
    const clone = (n, id) => ({ ...n, id, cause: { ...n.cause, asset: null, name: { ...n.cause.name, name: id } } })
    edit = (nodes) => [clone(nodes[0], 'new-1'), clone(nodes[0], 'new-2'), ...nodes.slice(1)]
    const { system } = await ask('{ system { position } }')
    assert.ok(system)
    await ask('mutation { setKillSwitch(input: { scope: NAMESPACE, name: "nobody", on: true, reason: "e2e" }) { on } }')
    await page.evaluate(() => globalThis.dispatchEvent(new PageTransitionEvent('pagehide')))
    await page.evaluate(() => globalThis.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))
    const bar = page.getByRole('button', { name: '2 new, 1 over: show' })
    await bar.waitFor()
    assert.equal(await rows.count(), before)
    await rows.first().getByText('is over').waitFor()
    await bar.click()
    await rows.filter({ hasText: 'new-1' }).waitFor()
    assert.equal(await rows.count(), before + 1)
    await bar.waitFor({ state: 'detached' })
    await ask('mutation { setKillSwitch(input: { scope: NAMESPACE, name: "nobody", on: false, reason: "e2e" }) { on } }')
  })

  await test('the first steps of an empty weir turn green one by one, each with the first event of its tool', async () => {
    const empty = await startEmpty()
    try {
      const page = await newPage()
      await page.goto(empty.url)
      await page.getByText('seen nothing yet').waitFor()
      for (const [i, tool] of tools.entries()) {
        const row = page.locator(`[data-step=${tool.toUpperCase()}]`)
        assert.equal(await row.getAttribute('data-heard'), null)
        await empty.post(tool, i)
        await page.locator(`[data-step=${tool.toUpperCase()}][data-heard]`).waitFor({ timeout: 15_000 })
        await page.getByText(`${i + 1} of 4 tools are heard`).waitFor()
      }
      await axe(page)
      await page.screenshot({ path: `${out}first-steps.png`, fullPage: true })
      await page.getByRole('link', { name: 'See today' }).click()
      await page.getByRole('heading', { name: 'Needs attention' }).waitFor()
      await page.getByText('Nothing is late').waitFor()
      await page.getByRole('link', { name: 'first steps' }).click()
      await page.waitForURL('**/?steps=1')
      await page.locator('[data-step=DBT][data-heard]').waitFor()
      assert.deepEqual(page.wrong, [])
      await page.context().close()
    } finally {
      await empty.stop()
    }
  })

  await test('a list that cannot be read says so and is asked again', async (page) => {
    await withoutNews(page)
    await page.route('**/graphql', (route) => (route.request().postData()?.includes('query Today') ? route.abort() : route.continue()))
    await page.goto(url)
    await page.getByRole('button', { name: 'Try again' }).waitFor()
    await axe(page)
    await page.unroute('**/graphql')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.locator('.causes > li').first().waitFor()
  })

  // The first path of a stranger, on a demo of its own: what is printed is what it took.
  if (!process.env.WEIR_URL) await test('from the first page to "why is the churn model waiting?" in at most 4 clicks', async () => {
    const began = Date.now()
    const demo = await startWeir(['demo', '--listen', '127.0.0.1:0'])
    try {
      const page = await newPage()
      let clicks = 0
      const click = async (what) => (clicks++, what.click())
      await page.goto(demo.url)
      const row = page.locator('.affected li', { hasText: 'model/churn' })
      const goOn = page.getByRole('link', { name: 'See today' })
      await row.or(goOn).first().waitFor({ timeout: 30_000 })
      if (await goOn.isVisible()) await click(goOn) // who was there before the first event sees the first steps
      await row.waitFor({ timeout: 30_000 })
      const seen = Date.now()
      // ux.md 9.1: the latest asset, its cause and whom to ask stand on the page.
      const late = page.locator('[data-row=late]').first()
      await late.getByText(/^\d+ assets, \d+ dashboards?$/).waitFor()
      assert.match(await late.innerText(), /dbt_nightly[\s\S]*ask team-analytics[\s\S]*shop\.marts\.customers/)
      console.log(`     the latest table, its cause and its owner: 0 clicks, ${((Date.now() - began) / 1000).toFixed(1)} s after the command`)
      await click(row.getByRole('link', { name: 'Why model/churn' }))
      const why = page.locator('#why')
      await why.getByText(/features\/customers .*is what the last success read/).first().waitFor()
      assert.ok(clicks <= 4)
      console.log(`     why the churn model waits: ${clicks} click${clicks === 1 ? '' : 's'}, ${((Date.now() - seen) / 1000).toFixed(1)} s from the first page`)
      await page.context().close()
    } finally {
      await demo.stop()
    }
  })
}
