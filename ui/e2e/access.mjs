// Who may not see or do everything: a weir with keys, and a viewer of some of its
// namespaces in a real browser (acceptance 9 of the design: no secret, no foreign
// namespace, and counts say so).
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { newPage, startWeir, tabTo } from './browser.mjs'

const bin = process.env.WEIR_BIN ?? fileURLToPath(new URL('../../bin/weir', import.meta.url))
const ours = 'postgres://ours:5432'
const theirs = 'snowflake://theirs'

/** roles are those that act on an asset of ours, and what they may do there; the rest is dead. */
const roles = {
  viewer: [],
  editor: ['addOwner', 'addTag', 'describe'],
  operator: ['addOwner', 'addTag', 'backfill', 'describe', 'hold', 'pauseJob', 'release', 'requestRun', 'resumeJob', 'skip'],
}
/** whole is what lies in no one namespace: whoever has a role in ours alone may not. */
const whole = ['addAlias', 'mergeAssets']

/** event is one run of a job that reads and writes. */
function event(n, job, input, output, owner) {
  const set = ([namespace, name]) => ({ namespace, name, facets: { ...(owner && name === output[1] && { ownership: { _producer: 'https://example.com', _schemaURL: 'https://example.com', owners: [{ name: owner, type: 'OWNER' }] } }), schema: { _producer: 'https://example.com', _schemaURL: 'https://example.com', fields: [{ name: 'id', type: 'int' }] } } })
  return { eventType: 'COMPLETE', eventTime: `2026-03-01T12:0${n}:00Z`, producer: 'https://example.com/e2e', schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
    run: { runId: `0195e000-0000-7000-8000-00000000000${n}` }, job: { namespace: job[0], name: job[1] }, inputs: [set(input)], outputs: [set(output)] }
}

export default async function access({ browser, test, axe, out }) {
  const data = mkdtempSync(`${tmpdir()}/weir-access-`)
  const key = (...args) => {
    const r = spawnSync(bin, ['keys', 'create', '--data', data, ...args], { encoding: 'utf8' })
    assert.equal(r.status, 0, r.stderr)
    return r.stdout.trim()
  }
  const admin = key('--name', 'ann', '--role', 'admin')
  const viewer = key('--name', 'bi-team', '--role', 'viewer', '--namespace', ours)
  const keys = { viewer, editor: key('--name', 'bob', '--role', 'editor', '--namespace', ours), operator: key('--name', 'eve', '--role', 'operator', '--namespace', ours) }
  const runs = key('--name', 'op', '--role', 'operator')
  const producer = key('--name', 'jobs', '--role', 'producer')
  const weir = await startWeir(['serve', '--data', data, '--listen', '127.0.0.1:0'])
  const page = await newPage(browser)
  const context = page.context()
  const seen = []
  try {
    const send = (e, k) => fetch(`${weir.url}/api/v1/lineage`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${k}` }, body: JSON.stringify(e) })
    for (const e of [event(1, ['prod', 'load_salaries'], [theirs, 'hr.salaries'], [ours, 'shop.people']), event(2, [ours, 'build_report'], [ours, 'shop.people'], [ours, 'shop.report']), event(4, ['prod', 'sum_up'], [ours, 'shop.report'], [theirs, 'hr.summary'], 'team-hr')]) assert.equal((await send(e, producer)).status, 201)
    assert.equal((await send(event(3, ['prod', 'x'], [ours, 'a'], [ours, 'b']), viewer)).status, 403)
    const ask = async (query, k) => (await (await fetch(`${weir.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${k}`, 'weir-min-position': '3', 'weir-wait': '10s' }, body: JSON.stringify({ query }) })).json()).data
    const all = (await ask('{ assetCounts { total deniedByRole } }', admin)).assetCounts
    const mine = (await ask('{ assetCounts { total deniedByRole } }', viewer)).assetCounts
    assert.deepEqual([mine.total + mine.deniedByRole, all.deniedByRole], [all.total, 0])

    page.setDefaultTimeout(20_000)
    page.on('response', async (r) => seen.push(`${r.url()} ${await r.text().catch(() => '')}`))
    await test('a stranger is asked for a key, and a wrong one is said to be wrong', async () => {
      await page.goto(`${weir.url}/assets`)
      await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()
      await axe(page)
      await page.getByLabel('Key', { exact: true }).fill('weir_sk_wrong')
      await page.keyboard.press('Enter')
      await page.getByRole('alert').waitFor()
    })
    await test('a viewer signs in, sees what is theirs, and how much is not', async () => {
      await page.getByLabel('Key', { exact: true }).fill(viewer)
      await page.keyboard.press('Enter')
      await page.getByText('bi-team · viewer').waitFor()
      await page.getByText(`${mine.deniedByRole} denied by role`).waitFor()
      await page.getByText('shop.report').first().waitFor()
      await axe(page)
      const cookies = await context.cookies()
      assert.ok(cookies.every((c) => c.httpOnly && c.sameSite === 'Strict'), JSON.stringify(cookies))
    })
    await test('lineage draws hidden assets without a name, and counts them', async () => {
      const id = (await ask(`{ dataset(namespace: "${ours}", name: "shop.report") { id } }`, viewer)).dataset.id
      await page.goto(`${weir.url}/lineage?focus=${id}&up=5`)
      await page.getByText('hidden asset').first().waitFor()
      await page.getByText(/denied by role/).waitFor()
      await axe(page)
    })
    await test('impact counts what it may not tell, and says that whoever owns it is not shown, on the page and by command', async () => {
      const change = `DROP_DATASET ${encodeURIComponent(ours)} shop.report`
      await page.goto(`${weir.url}/impact?change=${encodeURIComponent(change)}`)
      const result = page.locator('#result')
      await result.getByText('2 denied by role', { exact: true }).waitFor()
      assert.equal(await result.locator('[data-row-key]').getByText('owner not shown to you').count(), 2)
      assert.equal(await result.getByRole('link').count(), 0, 'a hidden asset has no page')
      await page.getByText('2 denied by role: whoever owns these is not shown to you').waitFor()
      assert.equal(await page.getByText('nobody known').count(), 0)
      await axe(page)
      for (const form of ['table', 'md', 'json', 'junit', 'github', 'sarif']) {
        const { stdout, stderr } = spawnSync(bin, ['impact', '--change', `drop:dataset:${ours}/shop.report`, '--url', weir.url, '-o', form], { encoding: 'utf8', env: { ...process.env, WEIR_KEY: viewer } })
        assert.match(stdout + stderr, form === 'json' ? /"deniedByRole": 2/ : /2 denied by role/, form)
        assert.ok(!/hr\.summary|sum_up|team-hr/.test(stdout + stderr), form)
      }
      assert.match(JSON.stringify(await ask(`{ impact(changes: [{ kind: DROP_DATASET, dataset: { namespace: "${ours}", name: "shop.report" } }]) { owners { name } } }`, admin)), /team-hr/)
    })
    await test('what a viewer may not do is dead, and says why to keys and screen readers, too', async () => {
      const id = (await ask(`{ dataset(namespace: "${ours}", name: "shop.report") { id } }`, viewer)).dataset.id
      await page.goto(`${weir.url}/a/${id}`)
      const button = page.getByRole('button', { name: 'Request a run', description: `Needs the role operator or admin in namespace ${ours}: bi-team has viewer in ${ours}. An administrator gives it.` })
      await tabTo(page, button)
      assert.match(await button.evaluate((e) => getComputedStyle(e, '::after').content), /Needs the role operator/)
      await page.keyboard.press('Enter')
      await button.click({ force: true })
      assert.equal(await page.locator('dialog[open]').count(), 0)
      await axe(page)
      await page.screenshot({ path: `${out}denied.png` })
      await page.keyboard.press('/')
      await page.getByRole('dialog').getByRole('combobox').waitFor()
      await page.keyboard.type('hold')
      await page.getByRole('option', { name: 'All assets with' }).waitFor()
      assert.equal(await page.getByRole('option', { name: 'Hold', exact: true }).count(), 0)
      await page.keyboard.press('Escape')
    })
    for (const [role, may] of Object.entries(roles)) {
      await test(`what a role in one namespace may do there is alive: ${role}`, async (own) => {
        await own.context().request.post(`${weir.url}/api/v1/session`, { data: { key: keys[role] } })
        const id = (await ask(`{ dataset(namespace: "${ours}", name: "shop.report") { id } }`, keys[role])).dataset.id
        await own.goto(`${weir.url}/a/${id}`)
        await own.getByText(` · ${role}`).waitFor()
        await own.getByText('Act', { exact: true }).click()
        const deeds = await own.locator('[data-deed]').evaluateAll((all) => all.map((e) => [e.dataset.deed, e.ariaDisabled !== 'true']))
        const of = (alive) => [...new Set(deeds.filter((d) => d[1] === alive).map((d) => d[0]))].toSorted()
        assert.deepEqual(of(true), may)
        assert.deepEqual(of(false), [...roles.operator.filter((d) => !may.includes(d)), ...whole].toSorted())
        for (const path of ['/decisions', '/system']) {
          await own.goto(weir.url + path)
          assert.ok(await own.getByRole('button', { name: 'Stop everything', description: /every namespace/ }).isDisabled(), `${role} on ${path}`)
        }
      })
    }
    await test('an administrator sees whose keys there are, and a viewer neither those nor the settings', async (own) => {
      await own.context().request.post(`${weir.url}/api/v1/session`, { data: { key: admin } })
      await own.goto(`${weir.url}/system`)
      const row = own.locator('#keys [data-row-key]', { hasText: 'bi-team' })
      await row.getByText('viewer', { exact: true }).waitFor()
      await row.getByText(ours).waitFor()
      await own.locator('#configuration [data-row-key=data]').getByText('--data').waitFor()
      await axe(own)
      await own.locator('#keys').scrollIntoViewIfNeeded()
      await own.screenshot({ path: `${out}keys.png` })
      await page.goto(`${weir.url}/system`)
      for (const id of ['keys', 'configuration']) await page.locator(`#${id}`).getByText('For administrators of every namespace.').waitFor()
      assert.equal(await ask('{ configuration { key } }', viewer), null)
      assert.ok((await ask('{ configuration { key } }', admin)).configuration.length > 20)
    })
    await test('a key that is made, and one that is revoked, are seen on an open page', async (own) => {
      const { request } = own.context()
      await request.post(`${weir.url}/api/v1/session`, { data: { key: admin } })
      await own.goto(`${weir.url}/system`)
      const rows = own.locator('#keys [data-row-key]')
      await rows.filter({ hasText: 'bi-team' }).waitFor()
      await own.getByText('live', { exact: true }).waitFor()
      const asked = (path, method, body) => fetch(`${weir.url}/api/v1/keys${path}`, { method, headers: { 'content-type': 'application/json', authorization: `Bearer ${admin}` }, body: body && JSON.stringify(body) })
      const made = await asked('', 'POST', { name: 'zoe <b>', role: 'viewer', namespaces: [ours] })
      assert.equal(made.status, 200)
      const { id, secret } = await made.json()
      await rows.filter({ hasText: 'zoe <b>' }).getByText('counts').waitFor()
      assert.ok(!(await own.content()).includes(secret))
      assert.equal((await asked(`/${id}`, 'DELETE')).status, 200)
      await rows.filter({ hasText: 'zoe <b>' }).getByText('revoked').waitFor()
      key('--name', 'made beside', '--role', 'viewer', '--namespace', ours)
      await own.evaluate(() => window.dispatchEvent(new Event('focus')))
      await rows.filter({ hasText: 'made beside' }).waitFor()
    })
    await test('the doctor is for operators of every namespace, and no one else', async (own) => {
      const said = '{ doctor { findings { what state says } } }'
      assert.equal(await ask(said, viewer), null)
      assert.equal(await ask(said, keys.operator), null, 'of one namespace')
      assert.ok((await ask(said, runs)).doctor.findings.length > 3)
      await own.context().request.post(`${weir.url}/api/v1/session`, { data: { key: runs } })
      await own.goto(`${weir.url}/system`)
      await own.locator('#doctor li').nth(3).waitFor()
      await own.context().request.post(`${weir.url}/api/v1/session`, { data: { key: viewer } })
      await own.reload()
      await own.locator('#doctor').getByText('For operators and administrators of every namespace.').waitFor()
    })
    await test('no page tells a foreign name, nor any key', async () => {
      for (const path of ['/', '/timeline', '/decisions', '/policies', '/system', '/impact']) {
        await page.goto(weir.url + path)
        await page.locator('main h1').first().waitFor()
        await page.waitForLoadState('load')
      }
      for (const text of [...seen, await page.content()]) {
        for (const secret of ['hr.salaries', 'load_salaries', 'hr.summary', 'sum_up', 'team-hr', theirs, viewer, admin, producer]) assert.ok(!text.includes(secret), `${secret} is in ${text.slice(0, 200)}`)
      }
      assert.ok(seen.length > 20)
    })
    await test('signed out is signed out', async () => {
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()
    })
  } finally {
    await context.close()
    await weir.stop()
    rmSync(data, { recursive: true, force: true })
  }
}
