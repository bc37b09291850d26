// Impact: a change built by hand, read from an address, grouped, and taken along.
import assert from 'node:assert/strict'
import { copies, run, taken } from './copied.mjs'
import { bothThemes } from './browser.mjs'
import { events, startSeeded, warehouse } from './seed.mjs'
import { told } from './today.mjs'

export default async function impact({ url, test, axe, ask, out }) {
  await told(ask).catch(() => {}) // answers that pages are compared with are of the whole story; after other screens it is another one
  const { assets } = await ask('{ assets(search: "shop.raw.orders", filter: { type: DATASET }, first: 10) { nodes { name { namespace name } ... on Dataset { fields(first: 1) { nodes { name } } } } } }')
  const table = assets.nodes.find((a) => a.name.name.endsWith('shop.raw.orders')) ?? assets.nodes[0]
  const full = `${table.name.namespace}/${table.name.name}`
  const column = table.fields.nodes[0].name
  const { impact: truth } = await ask('query($ns: String!, $n: String!) { impact(changes: [{ kind: DROP_DATASET, dataset: { namespace: $ns, name: $n } }]) { affected { severity asset { id } } } }', { ns: table.name.namespace, n: table.name.name })

  await test('a change is built by hand, and its effect is what weir says', async (page) => {
    await page.goto(`${url}/impact`)
    await page.getByText('Build a change above').waitFor()
    await page.locator('.builder select').selectOption('DROP_DATASET')
    await page.getByLabel('Of which').fill(full)
    await page.getByRole('button', { name: 'Add the change' }).click()
    await page.locator('#result [data-row-key]').first().waitFor()
    assert.equal(await page.locator('#result [role=grid]').getAttribute('aria-rowcount'), String(truth.affected.length + 1))
    await page.screenshot({ path: `${out}impact.png`, fullPage: true })
    const deep = page.url()
    await page.reload()
    await page.locator('#result [data-row-key]').first().waitFor()
    assert.equal(page.url(), deep)
    await page.getByLabel('Group by owner').check()
    await page.locator('#result section h3').first().waitFor()
    await axe(page)
  })

  await test('a column is chosen, and the table is taken along as Markdown and command', async (page) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.goto(`${url}/impact`)
    await page.getByLabel('Of which').fill(full)
    await page.getByLabel('Column', { exact: true }).fill(column)
    await page.keyboard.press('Enter')
    await page.locator('#result [data-row-key]').first().waitFor()
    await page.getByText('Copy as').click()
    await page.getByRole('button', { name: 'Markdown' }).click()
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^- Drop a column: .*#.*\n\n\| Severity/)
    await page.locator('#result .menu summary').click()
    await page.getByRole('button', { name: 'Command' }).click()
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^weir impact --change 'drop:dataset:/)
    await page.locator('#result .menu summary').getByText('Copy as').waitFor()
    const { data } = await copies(page, page.locator('#result'), /^weir impact --change/)
    assert.ok(data.impact.affected.length > 0)
  })

  await test('each owner can be sent what of theirs is hit, and nothing else', async (page) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    const { impact: all } = await ask('query($ns: String!, $n: String!) { impact(changes: [{ kind: DROP_DATASET, dataset: { namespace: $ns, name: $n } }]) { affected { severity asset { name { name } owners { name } } } } }', { ns: table.name.namespace, n: table.name.name })
    const hit = all.affected.filter((a) => a.severity !== 'SAFE' && a.asset?.owners.length > 0)
    const who = hit[0].asset.owners[0].name
    await page.goto(`${url}/impact?change=${encodeURIComponent(`DROP_DATASET ${encodeURIComponent(table.name.namespace)} ${encodeURIComponent(table.name.name)}`)}`)
    await page.getByRole('button', { name: `Copy a message to ${who}` }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    const text = await page.evaluate(() => navigator.clipboard.readText())
    assert.ok(text.startsWith(`To ${who}:`) && text.includes(page.url()), text)
    const theirs = hit.filter((a) => a.asset.owners.some((o) => o.name === who))
    assert.equal(text.match(/^- /gm).length, theirs.length)
    for (const a of theirs) assert.ok(text.includes(a.asset.name.name), text)
    await axe(page)
  })

  await test('what weir does not know is said, and is never shown as safe', async (page) => {
    const said = await ask('query($ns: String!, $n: String!, $f: String!) { impact(changes: [{ kind: DROP_FIELD, dataset: { namespace: $ns, name: $n }, field: $f }]) { counts { severity count } affected { unlitBy path { id asset { name { name } } } } } }', { ns: table.name.namespace, n: table.name.name, f: column })
    const unknown = said.impact.counts.find((c) => c.severity === 'UNKNOWN')?.count ?? 0
    await page.goto(`${url}/impact?change=${encodeURIComponent(`DROP_FIELD ${encodeURIComponent(table.name.namespace)} ${encodeURIComponent(table.name.name)} ${encodeURIComponent(column)}`)}`)
    await page.locator('#result [data-row-key]').first().waitFor()
    assert.equal(await page.getByText('They are not safe').count(), unknown > 0 ? 1 : 0)
    const named = new Map(said.impact.affected.flatMap((a) => a.path.filter((n) => n.id === a.unlitBy).map((n) => [n.id, n.asset.name.name])))
    if (named.size > 0) await page.getByText(`no column lineage from ${named.size} producer`).getByText([...named.values()].sort()[0]).waitFor()
    await page.goto(`${url}/impact?change=DROP_DATASET%20nowhere%20nothing`)
    await page.getByRole('alert').getByText('not found').waitFor()
    await axe(page)
  })

  await test('names keep their ends, where they differ, at each width, and are one text', async (page) => {
    for (const width of [1440, 1024, 390]) {
      await page.setViewportSize({ width, height: 900 })
      for (const path of [`/impact?change=${encodeURIComponent(`DROP_DATASET ${encodeURIComponent(table.name.namespace)} ${encodeURIComponent(table.name.name)}`)}`, '/decisions', '/assets']) {
        await page.goto(url + path)
        await page.locator('.grid .called').first().waitFor()
        const clipped = () => page.locator('.grid .called').evaluateAll((all) => all.filter((e) => e.querySelector('.drawn').scrollWidth > e.querySelector('.drawn').clientWidth + 1 || e.getBoundingClientRect().right > e.closest('[role=gridcell]').getBoundingClientRect().right + 1).map((e) => e.title))
        assert.deepEqual(await clipped(), [], `${path} at ${width}`)
        const names = await page.locator('.grid .called').evaluateAll((all) => all.map((e) => [e.innerText, e.title]))
        for (const [text, title] of names) assert.ok(title.includes(text), `${text} of ${title}`)
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${path} is wider than ${width}`)
      }
    }
  })

  await test('what a change would have done then is asked of that time, in each form, and what is no time is said', async (page) => {
    const change = `change=${encodeURIComponent(`DROP_DATASET ${encodeURIComponent(table.name.namespace)} ${encodeURIComponent(table.name.name)}`)}`
    await page.goto(`${url}/impact?${change}&asOf=2001-01-01T00:00:00Z`)
    await page.getByText('Nothing downstream is affected').waitFor()
    await page.getByRole('status').getByText(/^As of 1 Jan 2001/).waitFor()
    await axe(page)
    const then = new Date().toISOString()
    await page.goto(`${url}/impact?${change}&asOf=${then}`)
    await page.locator('#result [data-row-key]').first().waitFor()
    const { command, data } = await copies(page, page.locator('#result'), /^weir impact --change/)
    assert.ok(command.endsWith(`--as-of ${then}`), command)
    assert.equal(await page.locator('#result [role=grid]').getAttribute('aria-rowcount'), String(data.impact.affected.length + 1))
    assert.match(await taken(page, page.locator('#result'), 'Markdown'), /\n- As of /)
    await page.getByRole('button', { name: 'Back to now' }).click()
    await page.waitForURL((u) => !u.search.includes('asOf'))
    await page.goto(`${url}/impact?${change}&asOf=yesterday`)
    await page.getByText('“yesterday” is no time').waitFor()
    assert.equal(await page.locator('#result').count(), 0, 'no answer of now stands there for one of then')
  })

  await test('of the changes in an address each is asked about, or said with its place and its fault', async (page) => {
    const one = (name) => `change=${encodeURIComponent(`DROP_DATASET ${encodeURIComponent(table.name.namespace)} ${encodeURIComponent(name)}`)}`
    await page.goto(`${url}/impact?${[...Array(25).fill(one(table.name.name)), `change=${encodeURIComponent('DROP_FIELD oops')}`].join('&')}`)
    await page.locator('#result [data-row-key]').first().waitFor()
    assert.equal(await page.getByRole('list', { name: 'Changes looked at' }).getByRole('listitem').count(), 25)
    const refused = page.getByRole('list', { name: 'Changes not looked at' })
    await refused.getByText('change 26 of the address, “DROP_FIELD oops”: which asset?').waitFor()
    await bothThemes(page, () => axe(page))
    assert.match(await taken(page, page.locator('#result'), 'Markdown'), /\n- not looked at: change 26 of the address/)
    await refused.getByRole('button').click()
    await refused.waitFor({ state: 'detached' })
    await page.goto(`${url}/impact?${Array(101).fill(one(table.name.name)).join('&')}`)
    await refused.getByText('change 101 of the address').waitFor()
    await page.getByText('A question takes at most 100 changes').waitFor()
    await page.getByLabel('Of which').fill(full)
    assert.ok(await page.getByRole('button', { name: 'Add the change' }).isDisabled())
  })

  await test('an answer that is cut says so and why, on the page and in each form, and is the command’s', async (page) => {
    const own = await startSeeded(events([['load', [], ['shop.hub']], ...Array.from({ length: 2100 }, (_, i) => [`read_${i}`, ['shop.hub'], []]), ['last', ['shop.hub'], ['shop.last']]]))
    try {
      page.removeAllListeners('request') // its own weir, not the demo's
      await own.id('shop.last')
      await page.goto(`${own.url}/impact?change=${encodeURIComponent(`DROP_DATASET ${encodeURIComponent(warehouse)} shop.hub`)}`)
      const said = 'the answer is cut: more is affected'
      await page.locator('#result .partial').getByText(said).waitFor()
      const { printed, data } = await copies(page, page.locator('#result'), /^weir impact --change/)
      assert.equal(await page.locator('#result [role=grid]').getAttribute('aria-rowcount'), String(data.impact.affected.length + 1))
      assert.equal(printed.split('\n').filter((l) => /^(BREAKING|DEGRADING|UNKNOWN)/.test(l)).length, data.impact.affected.length)
      for (const form of ['Markdown', 'CSV']) assert.ok((await taken(page, page.locator('#result'), form)).includes(said), form)
    } finally {
      await own.stop()
    }
  })

  await test('a delay and a job that is paused: which deadlines are missed, and by how much, as weir says it', async (page) => {
    await page.goto(`${url}/impact`)
    await page.locator('.builder select').first().selectOption('DELAY')
    await page.getByLabel('Of which').fill(full)
    await page.locator('.builder select').nth(1).selectOption('PT72H')
    await page.getByRole('button', { name: 'Add the change' }).click()
    await page.locator('#result [data-row-key]').first().waitFor()
    const said = await ask('query($ns: String!, $n: String!) { impact(changes: [{ kind: DELAY, by: "PT72H", dataset: { namespace: $ns, name: $n } }]) { affected { severity deadlines { met policy } } } }', { ns: table.name.namespace, n: table.name.name })
    const judged = said.impact.affected.filter((a) => a.deadlines.length > 0)
    assert.ok(judged.length > 0, 'the demo has deadlines downstream')
    for (const a of said.impact.affected) assert.ok(a.severity !== 'SAFE' || a.deadlines.every((d) => d.met === 'TRUE'), 'safe only with every deadline met')
    const text = await page.locator('#result').innerText()
    assert.equal((text.match(/by [a-z]/g) ?? []).length >= 1, true, text)
    await page.screenshot({ path: `${out}impact-delay.png`, fullPage: true })
    const deep = page.url()
    await page.reload()
    await page.locator('#result [data-row-key]').first().waitFor()
    assert.equal(page.url(), deep)
    await axe(page)
    const { assets: jobs } = await ask('{ assets(search: "raw.orders", filter: { type: JOB }, first: 1) { nodes { name { namespace name } } } }')
    const { dataset } = await ask('query($ns: String!, $n: String!) { dataset(namespace: $ns, name: $n) { producers { nodes { name { namespace name } } } } }', { ns: table.name.namespace, n: table.name.name })
    const job = dataset.producers.nodes[0]?.name ?? jobs.nodes[0].name
    await page.goto(`${url}/impact?change=${encodeURIComponent(`STOP_JOB ${encodeURIComponent(job.namespace)} ${encodeURIComponent(job.name)}`)}`)
    await page.locator('#result [data-row-key]').first().waitFor()
    await page.getByText(/deadlines? (is|are) missed/).waitFor()
    await page.locator('#result').getByText('late from').first().waitFor()
  })

  await test('each row says how sure it is and when it was last used, as weir does, and what that means', async (page) => {
    await page.goto(`${url}/impact?change=${encodeURIComponent(`DROP_FIELD ${encodeURIComponent(table.name.namespace)} ${encodeURIComponent(table.name.name)} ${encodeURIComponent(column)}`)}`)
    await page.locator('#result [data-row-key]').first().waitFor()
    const { command, data } = await copies(page, page.locator('#result'), /^weir impact --change/)
    assert.ok(command.includes(column), command)
    for (const a of data.impact.affected) assert.equal(a.confidence === 'NONE', a.severity === 'UNKNOWN', `${a.severity} with ${a.confidence}`)
    const head = (await taken(page, page.locator('#result'), 'CSV')).split('\r\n')[0]
    for (const c of ['Confidence', 'Last used']) assert.ok(head.split(',').includes(c), head)
    const cells = (await taken(page, page.locator('#result'), 'CSV')).split('\r\n').slice(1, data.impact.affected.length + 1)
    assert.ok(data.impact.affected.some((a) => a.used === 'TRUE'), 'runs of the demo use it')
    for (const a of data.impact.affected) {
      assert.equal(a.used === 'TRUE', Boolean(a.lastUsedAt))
      assert.ok(cells.some((c) => c.includes(a.lastUsedAt ?? (a.used === 'FALSE' ? 'never seen' : 'not known'))), a.lastUsedAt)
    }
    await page.locator('.sure summary').focus()
    await page.keyboard.press('Enter')
    for (const c of new Set(data.impact.affected.map((a) => a.confidence.toLowerCase()))) await page.locator('.sure dt').getByText(c, { exact: true }).waitFor()
    await axe(page)
  })

  await test('a change that is not made yet stays in the address, over a reload and for who is sent it', async (page) => {
    await page.goto(`${url}/impact`)
    await page.locator('.builder select').selectOption('RENAME_FIELD')
    await page.getByLabel('Of which').fill(full)
    await page.getByLabel('Column', { exact: true }).fill(column)
    await page.getByLabel('To', { exact: true }).pressSequentially('amount & more')
    await page.waitForURL((u) => u.searchParams.get('to') === 'amount & more')
    const stands = async () => [await page.locator('.builder select').inputValue(), await page.getByLabel('Of which').inputValue(), await page.getByLabel('Column', { exact: true }).inputValue(), await page.getByLabel('To', { exact: true }).inputValue()]
    const before = await stands()
    assert.deepEqual(before, ['RENAME_FIELD', full, column, 'amount & more'])
    await page.reload()
    await page.getByLabel('To', { exact: true }).waitFor()
    assert.deepEqual(await stands(), before)
    await page.getByRole('button', { name: 'Add the change' }).click()
    await page.locator('#result [data-row-key]').first().waitFor()
    await page.waitForURL((u) => !u.searchParams.has('to') && !u.searchParams.has('column') && u.searchParams.get('of') === full && u.searchParams.getAll('change').length === 1)
    await page.goto(`${url}/impact?kind=DELAY&of=${encodeURIComponent(full)}&to=PT72H`)
    assert.equal(await page.locator('.builder select').nth(1).inputValue(), 'PT72H')
    await page.getByRole('button', { name: 'Add the change' }).click()
    await page.waitForURL((u) => u.searchParams.get('change')?.endsWith('PT72H'))
  })

  /** paste opens the dialog by keyboard. */
  const paste = async (page) => {
    await page.getByRole('button', { name: 'Paste changes' }).focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Paste changes' })
    await dialog.waitFor()
    return dialog
  }
  const changesOf = (page) => page.getByRole('list', { name: 'Changes looked at' }).getByRole('listitem').allInnerTexts()

  await test('changes are pasted as the command takes them, and what is none is said with its line, in each form', async (page) => {
    await page.goto(`${url}/impact`)
    const dialog = await paste(page)
    const text = dialog.getByRole('textbox')
    assert.ok(await text.evaluate((e) => e === document.activeElement), 'one can type at once')
    await page.keyboard.type(`drop:dataset:${full}#${column}\nmelt:x\ndrop:dataset:${full}\ndrop:nobody.knows.this`)
    await dialog.getByRole('button', { name: 'Read them' }).click()
    await dialog.getByText('2 changes found:').waitFor()
    await dialog.getByText('line 2: “melt:x” is no change').waitFor()
    await dialog.getByText('line 4: weir has never seen “nobody.knows.this”').waitFor()
    await bothThemes(page, () => axe(page))
    await page.screenshot({ path: `${out}impact-paste.png` })
    await dialog.getByRole('button', { name: 'Look at these 2' }).press('Enter')
    await dialog.waitFor({ state: 'detached' })
    assert.ok(await page.getByRole('button', { name: 'Paste changes' }).evaluate((e) => e === document.activeElement), 'the focus is given back')
    await page.locator('#result [data-row-key]').first().waitFor()
    assert.equal((await changesOf(page)).length, 2)
    assert.match(await taken(page, page.locator('#result'), 'Markdown'), /\n- line 2: “melt:x” is no change/)
    await axe(page)
    await page.getByRole('button', { name: 'Leave these out' }).click()
    assert.doesNotMatch(await taken(page, page.locator('#result'), 'Markdown'), /melt/)
    const printed = await run(`weir impact --change 'drop:dataset:${full}#${column}' --change 'drop:dataset:${full}' -o json`, url)
    const before = await changesOf(page)
    await page.goto(`${url}/impact`)
    const again = await paste(page)
    await again.getByRole('textbox').fill(printed)
    await again.getByRole('button', { name: 'Read them' }).click()
    await again.getByRole('button', { name: 'Look at these 2' }).click()
    await page.locator('#result [data-row-key]').first().waitFor()
    assert.deepEqual(await changesOf(page), before)
  })

  await test('two manifests of a dbt project are compared in the browser, as the command does', async (page) => {
    const [database, schema, alias] = table.name.name.split('.')
    const model = (columns, more) => ({ unique_id: 'model.shop.orders', resource_type: 'model', database, schema, name: alias, alias, columns: Object.fromEntries(columns.map((name) => [name, { name }])), ...more })
    const manifest = (nodes) => ({ name: 'manifest.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify({ metadata: { dbt_schema_version: 'https://schemas.getdbt.com/dbt/manifest/v12.json', adapter_type: 'postgres' }, nodes: Object.fromEntries(nodes.map((n) => [n.unique_id, n])) })) })
    const gone = { unique_id: 'model.shop.gone', resource_type: 'model', database, schema, name: 'not_in_weir', alias: 'not_in_weir' }
    const blind = (checksum) => ({ unique_id: 'model.shop.blind', resource_type: 'model', database, schema, name: 'blind', alias: 'blind', checksum: { checksum } })
    await page.goto(`${url}/impact`)
    const dialog = await paste(page)
    await dialog.getByLabel('Two manifests').check()
    await dialog.getByLabel('as it is (of').setInputFiles(manifest([model([column, 'stays']), gone, blind('1')]))
    await dialog.getByLabel('as it is to be').setInputFiles({ name: 'run.json', mimeType: 'application/json', buffer: Buffer.from('{"metadata":{}}') })
    await dialog.getByRole('button', { name: 'Read them' }).click()
    await dialog.getByText('run.json is no manifest of dbt').waitFor()
    await dialog.getByLabel('as it is to be').setInputFiles(manifest([model(['stays', 'fresh']), blind('2')]))
    await dialog.getByRole('button', { name: 'Read them' }).click()
    await dialog.getByText('1 change found:').waitFor()
    await dialog.getByText(`weir has never seen “${database}.${schema}.not_in_weir”`).waitFor()
    await dialog.getByText('its SQL changed, and no columns are known').waitFor()
    await axe(page)
    await dialog.getByRole('button', { name: 'Look at this one' }).click()
    await page.locator('#result [data-row-key]').first().waitFor()
    const { command } = await copies(page, page.locator('#result'), /^weir impact --change/)
    assert.ok(command.includes(`drop:dataset:${full}#${column}`), command)
    assert.match(await taken(page, page.locator('#result'), 'CSV'), /not_in_weir/)
  })

  for (const colorScheme of ['light', 'dark']) {
    await test(`axe finds nothing serious, ${colorScheme}`, async (page) => {
      await page.goto(`${url}/impact?change=${encodeURIComponent(`DROP_DATASET ${encodeURIComponent(table.name.namespace)} ${encodeURIComponent(table.name.name)}`)}`)
      await page.locator('#result [data-row-key]').first().waitFor()
      await axe(page)
    }, { colorScheme })
  }
}
