// The address is the state: each screen is brought by hand into a state that is
// not its first, and a reload and a browser that knows nothing show the same:
// what it says, what is chosen, open and sorted, where everything stands.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asker, startWeir, until } from './browser.mjs'
import { settled, whole } from './measure.mjs'
import { events, warehouse } from './seed.mjs'
import { told } from './today.mjs'

/** since are lengths of time up to now, which grow while one looks. */
const since = /\b\d+(?:\.\d+)? ?(?:ms|s|min|h|d|days?|hours?)\b(?: \d+ (?:s|min|h)\b)?/g

/** stands is what a page says and how it stands, as a screen reader has it, and what of its pictures only eyes have. */
async function stands(page) {
  const says = await page.locator('main').ariaSnapshot()
  const drawn = await page.evaluate(() => [
    ...[...document.querySelectorAll('.piece')].map((e) => e.getAttribute('class')),
    ...[...document.querySelectorAll('.react-flow__node')].map((e) => `${e.dataset.id} ${e.style.transform} ${e.querySelector('.node')?.className}`).sort(),
  ])
  return [...says.split('\n'), ...drawn].map((l) => l.replace(/curl -H .*/, 'curl') // of its own time and run, each time
    .replace(since, '#').replace(/just now|# ago|in #/g, '#'))
}

/** unlike are the first lines that two pages do not have in common. */
function unlike(a, b) {
  const i = a.findIndex((line, n) => line !== b[n])
  return i < 0 && a.length === b.length ? '' : `line ${i}: ${JSON.stringify(a.slice(Math.max(0, i - 1), i + 3))} against ${JSON.stringify(b.slice(Math.max(0, i - 1), i + 3))}`
}

export default async function address({ url, test, ask, newPage }) {
  await told(ask).catch(() => {}) // a demo that is told slowly has all pages, too
  const { model, orders, decisions, actions } = await ask(`{ model: dataset(namespace: "sagemaker://sm-eu", name: "model/churn") { id } orders: dataset(namespace: "postgres://wh:5432", name: "shop.raw.orders") { id name { namespace name } }
    decisions(first: 1, outcomes: [WAIT]) { nodes { id } } actions(first: 1) { nodes { id } } }`)

  /** same holds when both pages come to show the same: each goes on with weir, and what is new waits in one of them. */
  async function same(what, shown, page, other) {
    let last = ''
    const letIn = (p) => p.locator('main .pending').first().click({ timeout: 1000 }).catch(() => {})
    await until(what, async () => {
      for (const p of [page, other]) if (await p.locator('main .pending').count()) await letIn(p)
      last = unlike(await shown(page), await shown(other))
      return last === ''
    }, 20_000).catch((e) => { throw new Error(`${e.message}\n${last}`) })
  }

  /** kept is a test: what is brought about by hand is another picture than before, and is there again by its address alone. */
  const kept = (name, path, ready, change, shown = stands) => test(name, async (page) => {
    const come = (p) => whole(p, ready)
    await page.goto(path.startsWith('http') ? path : url + path)
    await come(page)
    const first = await shown(page)
    const before = page.url()
    await change(page)
    await come(page)
    assert.notEqual(page.url(), before, 'the address says nothing of it')
    assert.notEqual(unlike(first, await shown(page)), '', 'the screen is in its first state')
    const other = await newPage()
    try {
      await other.goto(page.url())
      await come(other)
      await same(`${name}: a browser that knows nothing shows the same`, shown, page, other)
      const at = page.url()
      await page.reload()
      await come(page)
      await same(`${name}: a reload shows the same`, shown, page, other)
      assert.equal(page.url(), at)
      assert.equal(other.url(), at)
    } finally {
      await other.context().close()
    }
  })

  await kept('Today: the first steps, once more', '/', '.causes > li, .steps li', async (page) => {
    await page.getByRole('link', { name: 'first steps' }).click()
    await page.waitForURL('**/?steps=1')
  })

  const own = await startKept()
  try {
    await kept('Today: all that a cause keeps', own.url, '.causes > li', async (page) => {
      await page.getByRole('button', { name: /^Show all / }).first().click()
      await page.waitForURL('**/?all=1')
      await page.getByRole('button', { name: 'Show fewer' }).first().waitFor()
    })
  } finally {
    await own.stop()
  }

  await kept('Assets: words, what they are narrowed by, and the choices', '/assets', '.grid [data-row-key]', async (page) => {
    await page.locator('#search').fill('orders')
    await page.waitForURL('**q=orders')
    const facets = page.getByRole('navigation', { name: 'Narrow' })
    await facets.getByRole('button', { name: /^data/ }).first().click()
    await page.waitForURL('**type=DATASET')
    await page.getByRole('button', { name: 'Take away: data' }).waitFor()
  })

  await kept('Assets: all choices of one kind', '/assets', '.facets button.quiet', async (page) => {
    await page.locator('.facets').getByRole('button', { name: / more$/ }).first().click()
    await page.waitForURL('**more=*')
    await page.locator('.facets button[aria-expanded=true]').waitFor()
  })

  await kept('an asset: the columns, sorted, and those with a word', `/a/${orders.id}`, '[role=tabpanel] .pane', async (page) => {
    await page.getByRole('tab', { name: /^Columns/ }).click()
    const name = page.getByRole('button', { name: 'Column', exact: true })
    await name.click()
    await page.waitForURL('**sort=name')
    await name.click()
    await page.waitForURL('**sort=-name')
    await page.getByLabel('Find a column').fill('order')
    await page.waitForURL('**find=order')
  })

  await kept('an asset: the picture goes further', `/a/${model.id}`, '.react-flow__node', async (page) => {
    await page.getByLabel(/hops/i).selectOption('2')
    await page.waitForURL('**hops=2')
    await page.waitForFunction(() => document.querySelectorAll('.react-flow__node').length > 3)
  })

  await kept('lineage: further, one chosen with its drawer, sorted, without the list, an arm widened', `/lineage?focus=${orders.id}`, 'section.canvas[data-settled] .react-flow__node', async (page) => {
    await page.getByLabel('Hops downstream').selectOption('2')
    await page.waitForURL('**down=2')
    await settled(page)
    await page.locator('.react-flow__node .face').nth(1).click()
    await page.locator('.drawer').waitFor()
    await page.keyboard.press('d')
    await page.getByRole('button', { name: 'Hide the outline' }).click()
    await page.waitForURL('**bare=1')
    await page.locator('.twin button.sort').first().click()
    await page.waitForURL('**sort=name**')
  })

  await kept('lineage: of another time, by columns', `/lineage?focus=${orders.id}`, 'section.canvas[data-settled] .react-flow__node', async (page) => {
    await page.keyboard.press('[')
    await page.waitForURL('**asOf=**')
    await settled(page)
    await page.keyboard.press('c')
    await page.waitForURL('**band=COLUMN**')
  })

  await kept('impact: two changes, by owner', '/impact', '#build', async (page) => {
    const address = () => new URL(page.url()).searchParams
    for (const [n, [kind, more]] of [['DROP_DATASET'], ['DELAY', 'PT8H']].entries()) {
      await page.locator('.builder select').first().selectOption(kind)
      await page.getByLabel('Of which').fill(`${orders.name.namespace}/${orders.name.name}`)
      if (more) await page.locator('.builder select').nth(1).selectOption(more)
      await page.getByRole('button', { name: 'Add the change' }).click()
      await until('the change is in the address', () => address().getAll('change').length === n + 1)
    }
    await page.getByLabel('Group by owner').check()
    await page.waitForURL('**by=1')
    await page.locator('#result section h3').first().waitFor()
    await page.locator('.builder select').first().selectOption('DROP_FIELD')
    await page.getByLabel('Of which').fill('')
    await until('nothing is being made any more', () => !['kind', 'of', 'to'].some((k) => address().has(k)))
  })

  await kept('the timeline: of one tool, before, a run chosen, with its table', '/timeline', '.gantt .piece', async (page) => {
    await page.getByLabel('Tool').selectOption('DBT')
    await page.waitForURL('**tool=DBT')
    await page.getByRole('button', { name: '3 d' }).click()
    await page.waitForURL('**win=3d**')
    await page.getByRole('button', { name: 'Earlier' }).click()
    await page.waitForURL('**from=**')
    await whole(page, '.gantt .piece')
    await page.locator('.gantt svg').focus()
    await page.keyboard.press('ArrowDown')
    await page.waitForURL('**sel=**')
    await page.getByText('The same as a table').click()
    await page.waitForURL('**table=1**')
    await page.locator('#chart .runs tbody tr').first().waitFor()
  })

  await kept('the timeline: of one asset and what it is made of, with why not earlier', '/timeline?win=14d', '.gantt .piece', async (page) => {
    await page.goto(`${url}/timeline?win=14d&of=${model.id}`)
    await page.locator('input.hops').fill('5')
    await page.waitForURL('**up=5**')
    await page.getByRole('button', { name: 'Why not earlier' }).click()
    await page.locator('.critical-path li').first().waitFor()
  })

  await kept('decisions: narrowed', '/decisions', '[data-row-key]', async (page) => {
    await page.getByLabel('Outcome').selectOption('RUN')
    await page.waitForURL('**outcome=RUN')
    await page.getByLabel('Mode').selectOption('ACT')
    await page.waitForURL('**mode=ACT**')
  })

  await kept('decisions: what was done, that somebody has to look at', '/decisions', '#ledger, #actions', async (page) => {
    await page.getByRole('tab', { name: 'Actions' }).click()
    await page.waitForURL('**tab=actions')
    await page.locator('#actions select').selectOption('failed')
    await page.waitForURL('**state=failed**')
  })

  for (const [what, id, drawn] of [['a decision', decisions.nodes[0].id, '.tree li'], ['an action', actions.nodes[0].id, '.steps-list li']]) {
    await kept(`${what}, opened from a list`, '/decisions', `${drawn}, [data-row-key]`, async (page) => {
      await page.goto(`${url}/d/${id}`)
      await page.locator(drawn).first().waitFor()
    })
  }

  for (const [title, tab] of [['What it says', 'yaml'], ['Against what ran', 'shadow'], ['Change', 'edit']]) {
    await kept(`policies: another one, ${title}`, '/policies', '[data-row-key]', async (page) => {
      await page.locator('#list [data-row-key] b').nth(1).click()
      await page.waitForURL(/name=/)
      await page.getByRole('tab', { name: title }).click()
      await page.waitForURL(`**tab=${tab}`)
    })
  }

  await fetch(`${url}/api/v1/lineage`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ eventType: 'COMPLETE', eventTime: 'never', run: { runId: '0199a1f0-0000-7000-8000-000000000778' }, job: { namespace: 'prod', name: 'of_addresses' }, inputs: [], outputs: [], producer: 'https://example.com/e2e', schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json' }) })
  await kept('system: an event that was set aside', '/system', '#quarantine [data-row-key]', async (page) => {
    await page.locator('#quarantine [data-row-key] code').first().click()
    await page.waitForURL('**event=*')
    await page.locator('.drawer pre', { hasText: 'eventTime' }).waitFor()
  }, async (page) => [...(await stands(page)).map((l) => l.replace(/\d[\d,]*/g, '#')), await page.locator('.drawer').allInnerTexts()].map(String)) // rates and positions go on
}

/** startKept runs a weir in which one job, long not run, keeps nine tables late. */
async function startKept() {
  const dir = mkdtempSync(join(tmpdir(), 'weir-kept-'))
  const tables = Array.from({ length: 9 }, (_, i) => `shop.kept_${i}`)
  mkdirSync(join(dir, 'policies'))
  writeFileSync(join(dir, 'policies', 'p.yaml'), tables.map((name) => `---\nkind: Policy\nname: ${name.replace(/\W/g, '-').replace('_', '-')}\nowner: team-shop\nmode: observe\nselect: { asset: "dataset:${warehouse}/${name}" }\nwant: { max_age: 6h }\n`).join(''))
  const weir = await startWeir(['serve', '--listen', '127.0.0.1:0', '--data', join(dir, 'data'), '--policies', join(dir, 'policies')])
  const r = await fetch(`${weir.url}/api/v1/lineage/batch`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(events([['load_all', [], tables]])) })
  assert.ok(r.ok, `refused: ${r.status}`)
  const ask = asker(weir.url)
  await until('all are kept by one', async () => (await ask('{ attention(first: 50) { nodes { members(first: 1) { totalCount } } } }')).attention.nodes.some((n) => n.members.totalCount === tables.length))
  return { url: weir.url, stop: async () => (await weir.stop(), rmSync(dir, { recursive: true, force: true })) }
}
