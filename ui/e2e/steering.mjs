// What people ask of a tool through the page, on a weir with policies before a
// small Airflow: the dialog says what was written down and where, the tool gets
// the call or does not, and the page shows how it ended, without a reload.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAirflow } from './airflow.mjs'
import { asker, startWeir, tabTo, until } from './browser.mjs'
import { run } from './copied.mjs'
import { act, finish, press } from './deeds.mjs'
import { warehouse } from './seed.mjs'

const why = { 'Why, for those who find it': 'the browser test asks' }
const table = (name) => ({ namespace: warehouse, name })

/** policy starts a DAG when what it reads is new. */
const policy = (name, more = '') => `---
kind: Policy
name: ${name}
owner: team-shop
mode: act
on_first: run
select: { asset: "dataset:${warehouse}/shop.${name}" }
target: { connector: airflow, job: make_${name} }
inputs: { "dataset:${warehouse}/raw.${name}": { trigger: true } }
${more}`

/** startSteered runs weir with two policies, of which the first asks a person first. */
export async function startSteered(names = ['asked', 'going']) {
  const dir = mkdtempSync(join(tmpdir(), 'weir-steering-'))
  const dags = Object.fromEntries(names.flatMap((n) => [[`make_${n}`, [[table(`raw.${n}`)], [table(`shop.${n}`)]]], [`load_${n}`, [[], [table(`raw.${n}`)]]]]))
  const airflow = await startAirflow(dags)
  mkdirSync(join(dir, 'policies'))
  writeFileSync(join(dir, 'policies', 'p.yaml'), policy(names[0], 'approval: always\n') + policy(names[1]))
  writeFileSync(join(dir, 'connectors.yaml'), `connectors:\n  - { name: airflow, kind: airflow, url: "${airflow.url}", namespace: prod }\n`)
  const weir = await startWeir(['serve', '--listen', '127.0.0.1:0', '--data', join(dir, 'data'), '--policies', join(dir, 'policies'), '--connectors', join(dir, 'connectors.yaml')])
  airflow.tells(weir.url)
  const stop = async () => {
    await weir.stop()
    await airflow.stop()
    rmSync(dir, { recursive: true, force: true })
  }
  return { url: weir.url, ask: asker(weir.url), airflow, stop }
}

export default async function steering({ test, axe, out }) {
  const { url, ask, airflow, stop } = await startSteered()
  const { calls } = airflow
  /** change is a new version of what a policy reads. */
  const change = async (name) => {
    await airflow.byItself(`load_${name}`)
    await airflow.end(`load_${name}`, true)
  }
  const actions = async (name, state) => (await ask('query($s: [ActionState!]) { actions(first: 20, filter: { states: $s }) { nodes { id kind toolJob state admission { approval { by reason } } run { id } } } }', { s: state && [state] })).actions.nodes.filter((a) => a.toolJob === `make_${name}`)
  const inState = (name, state, kind = 'TRIGGER') => until(`${kind} of ${name} ${state}`, async () => (await actions(name, state)).find((a) => a.kind === kind))
  const asset = (name) => until(`${name} is known`, async () => (await ask('query($ns: String!, $n: String!) { dataset(namespace: $ns, name: $n) { id } }', { ns: warehouse, n: `shop.${name}` })).dataset?.id)
  /** decided waits until weir has decided on an asset, with an atom that does not hold. */
  const decided = async (name, outcome, atom) => {
    const id = await asset(name)
    await until(`${name}: ${outcome} by ${atom}`, async () => {
      const d = (await ask('query($id: ID!) { why(id: $id) { outcome reasons { atom value } } }', { id })).why
      return d?.outcome === outcome && (!atom || d.reasons.some((r) => r.atom === atom && r.value === 'FALSE'))
    })
  }
  const state = (page, word) => page.locator('.head .chip', { hasText: word }).waitFor()
  /** done says what the tool was told since. */
  const done = async (n, ...want) => {
    await until(`the tool is told ${want}`, () => calls.length >= n + want.length)
    assert.deepEqual(calls.slice(n), want)
  }

  try {
    await test('what waits for approval is approved by keys alone: then the tool is called, and the page shows the end', async (page) => {
      await page.goto(`${url}/decisions?tab=actions&state=asked`)
      await page.getByText('Nothing fits these filters.').waitFor()
      await page.getByText('live', { exact: true }).waitFor()
      await change('asked')
      const row = page.locator('[data-row-key]', { hasText: 'make_asked' })
      await row.waitFor()
      await axe(page)
      await page.keyboard.press('j')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/d/action_*')
      await state(page, 'asks for approval')
      await page.getByText('A person has to agree').waitFor()
      await page.screenshot({ path: `${out}approval.png` })
      await tabTo(page, page.getByRole('button', { name: 'Approve', exact: true }))
      await page.keyboard.press('Enter')
      const dialog = page.getByRole('dialog')
      await dialog.getByText('make_asked is started on airflow.').waitFor()
      await foreseen(page, 'lets it go', 'trigger make_asked', 'asks for approval, then ready')
      await axe(page)
      await page.keyboard.type('looks right')
      assert.deepEqual(calls, [], 'before somebody agrees nothing is started')
      await page.keyboard.press('Enter')
      await dialog.getByRole('status').getByText('Approved: the action goes.').waitFor()
      const [a] = await actions('asked')
      assert.equal(await dialog.getByRole('status').locator('code').innerText(), a.id)
      const position = Number(/at position (\d+)/.exec(await dialog.getByRole('status').innerText())[1])
      assert.ok(Number((await ask('{ system { position } }')).system.position) >= position, 'the dialog waited for the position')
      assert.equal(a.admission.approval.reason, 'looks right')
      await page.keyboard.press('Enter')
      await dialog.waitFor({ state: 'detached' })

      await done(0, 'start make_asked')
      await state(page, 'running')
      await airflow.end('make_asked', true)
      await state(page, 'succeeded')
      await page.getByText(/approved by .*looks right/).waitFor()
      assert.equal(await page.getByRole('button', { name: 'Approve', exact: true }).count(), 0)
    })

    await test('what waits for approval is rejected: the dialog waits for readers, and the tool hears nothing', async (page) => {
      const before = calls.length
      await change('asked')
      const a = await inState('asked', 'AWAITING_APPROVAL')
      await page.goto(`${url}/d/${a.id}`)
      let go
      await page.route('**/graphql', async (route) => {
        if (route.request().headers()['weir-min-position']) await new Promise((resolve) => (go = resolve))
        await route.continue()
      })
      await press(page, 'Reject')
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel(/^Why/).fill('month end')
      await dialog.getByRole('button', { name: 'Reject' }).click()
      await dialog.getByText(new RegExp(`Written down as ${a.id}: waiting until readers see position \\d+`)).waitFor()
      await page.screenshot({ path: `${out}waiting.png` })
      go()
      await dialog.getByText('Rejected: the action ends.').waitFor()
      await dialog.getByText(/at position \d+/).waitFor()
      await dialog.getByRole('button', { name: 'Close' }).click()
      await state(page, 'rejected')
      await page.locator('.steps-list').getByText('rejected: month end').waitFor()
      assert.equal(await page.getByRole('button', { name: /Approve|Reject/ }).count(), 0)
      await decided('asked', 'HOLD', 'demand')
      await done(before)
    })

    await test('a running action is cancelled, and its run ends; what failed is run again, in the same run', async (page) => {
      await change('going')
      const a = await inState('going', 'RUNNING')
      const before = calls.length
      await page.goto(`${url}/d/${a.id}`)
      await press(page, 'Cancel it')
      await foreseen(page, `ends action ${a.id.replace('action_', '').slice(0, 8)}`, 'airflow is asked to stop its run', 'running, then being cancelled')
      const cancel = await finish(page, why)
      await done(before, 'failed make_going')
      await state(page, 'cancelled')
      await page.goto(`${url}/d/${cancel}`)
      await state(page, 'succeeded')
      await change('going')
      const b = await inState('going', 'RUNNING')
      await page.goto(`${url}/d/${b.id}`)
      await state(page, 'running')
      await airflow.end('make_going', false)
      await state(page, 'failed')
      const now = calls.length
      await press(page, 'Run again')
      const again = await finish(page, why)
      await done(now, 'clear make_going')
      await page.goto(`${url}/d/${again}`)
      await state(page, 'running')
      await airflow.end('make_going', true)
      await state(page, 'succeeded')
    })

    await test('a run is cancelled on its own page, and run again from there', async (page) => {
      await page.goto(`${url}/a/${await asset('going')}`)
      const before = calls.length
      await press(page, 'Request a run')
      await foreseen(page, 'starts a run of make_going on airflow', 'with a decision: runs', 'No other action is touched')
      const asked = await finish(page, why)
      await done(before, 'start make_going')
      const a = await inState('going', 'RUNNING')
      assert.equal(a.id, asked)
      await page.goto(`${url}/r/${(await until('its run is known', async () => (await inState('going', 'RUNNING')).run)).id}`)
      await press(page, 'Cancel the run')
      await finish(page, why)
      await done(before + 1, 'failed make_going')
      await state(page, 'failed')
      await press(page, 'Run again')
      const again = await finish(page, why)
      await done(before + 2, 'clear make_going')
      await page.goto(`${url}/d/${again}`)
      await state(page, 'running')
      await page.getByRole('link', { name: 'its run' }).click()
      await page.waitForURL('**/r/**')
      await state(page, 'running')
      await airflow.end('make_going', true)
      await state(page, 'succeeded')
      await page.goto(`${url}/d/${again}`)
      await state(page, 'succeeded')
    })

    await test('the command of a dialog, run in a shell, does what the button would: with what was chosen and why', async (page) => {
      const reason = `it's "$late"; rm *`
      /** typed is the command as the dialog has it once something was said. */
      const typed = async (like) => {
        const dialog = page.getByRole('dialog')
        await dialog.getByLabel(/^Why/).fill(reason)
        const command = await dialog.locator('code.command').innerText()
        assert.match(command, like)
        await dialog.getByRole('button', { name: 'Cancel', exact: true }).click()
        return command
      }
      const before = calls.length
      await change('asked')
      const a = await inState('asked', 'AWAITING_APPROVAL')
      await page.goto(`${url}/d/${a.id}`)
      await press(page, 'Approve')
      await page.getByRole('dialog').getByLabel(/Answer all that wait/).check()
      await run(await typed(/^weir approve action_\S+ --whole-change --reason '/), url)
      await done(before, 'start make_asked')
      assert.equal((await actions('asked')).find((x) => x.id === a.id).admission.approval.reason, reason)
      await airflow.end('make_asked', true)
      await page.goto(`${url}/a/${await asset('going')}`)
      await press(page, 'Request a run')
      await page.getByRole('dialog').getByLabel(/^Partition/).fill('2026-02-01')
      await run(await typed(/ --partition 2026-02-01 --reason '/), url)
      await done(before, 'start make_asked', 'start make_going')
      const { actions: made } = await ask('{ actions(first: 1) { nodes { toolJob reason } } }')
      assert.deepEqual(made.nodes, [{ toolJob: 'make_going', reason }])
      await airflow.end('make_going', true)
      await until('it is closed', async () => (await actions('going', 'RUNNING')).length === 0)
    })

    await test('past times are run by Backfill: how many is said before, and the most there may be; each run follows the one before', async (page) => {
      await page.goto(`${url}/a/${await asset('going')}`)
      const before = calls.length
      await open(page, 'Backfill')
      const dialog = page.getByRole('dialog')
      const go = dialog.getByRole('button', { name: 'Backfill' })
      await foreseen(page, 'Say from when to when.')
      assert.ok(await go.isDisabled(), 'nothing was said yet')
      await dialog.getByLabel('From (UTC)').fill('2026-02-01T00:00')
      await dialog.getByLabel('To, with it (UTC)').fill('2028-02-02T00:00')
      await foreseen(page, 'That is 732 runs, and 400 is the most')
      await dialog.getByLabel('Why').fill('a look')
      assert.ok(await go.isDisabled(), 'it is too much')
      await dialog.getByLabel('To, with it (UTC)').fill('2026-02-02T00:00')
      await foreseen(page, /starts 2 runs of make_going on airflow, 1 at once, from .*1 Feb.*00:00 to .*2 Feb.*00:00/)
      await dialog.locator('.foreseen time[datetime="2026-02-01T00:00:00Z"][title^="2026-02-01T00:00:00Z (UTC)"]').waitFor()
      await dialog.getByText('--from 2026-02-01T00:00:00Z --to 2026-02-02T00:00:00Z --every 24h --parallel 1').waitFor()
      await axe(page)
      await page.screenshot({ path: `${out}backfill.png` })
      const id = await finish(page, why)
      await done(before, 'start make_going')
      await airflow.end('make_going', true)
      await done(before, 'start make_going', 'start make_going')
      await airflow.end('make_going', true)
      await page.goto(`${url}/d/${id}`)
      await state(page, 'succeeded')
    })

    await test('of what is in doubt a person says what became of it, and what that does is shown before', async (page) => {
      const before = calls.length
      airflow.muted(true)
      await page.goto(`${url}/a/${await asset('going')}`)
      await press(page, 'Request a run')
      const id = await finish(page, why)
      await page.goto(`${url}/d/${id}`)
      await state(page, 'in doubt')
      await tabTo(page, page.getByRole('button', { name: 'Say what became of it' }))
      await page.keyboard.press('Enter')
      const dialog = page.getByRole('dialog')
      await foreseen(page, 'Say first what became of it.')
      await dialog.getByLabel('What became of it, as the tool shows').selectOption({ label: 'it ran, and failed' })
      await foreseen(page, 'closes it, and frees what it holds', 'in doubt, then failed')
      await axe(page)
      await finish(page, why)
      await state(page, 'failed')
      await done(before)
    }).finally(() => airflow.muted(false))

    await test('the kill switch says before what it is about', async (page) => {
      await page.goto(`${url}/system`)
      await press(page, 'Stop everything')
      await foreseen(page, 'turns the kill switch on', /It covers [1-9]\d* assets? now/)
      await page.keyboard.press('Escape')
      assert.equal((await ask('{ system { killSwitch } }')).system.killSwitch, false)
    })

    await test('held, nothing is started; what is new is skipped; released, the next change is acted on', async (page) => {
      await page.goto(`${url}/a/${await asset('going')}`)
      const before = calls.length
      await act(page, 'Hold', why)
      await change('going')
      await decided('going', 'HOLD', 'hold')
      await page.locator('#why .chip', { hasText: 'held' }).waitFor()
      await act(page, 'Skip what is new', why)
      await act(page, 'Release', why)
      await decided('going', 'NOTHING')
      await page.locator('#why .chip', { hasText: 'nothing to do' }).waitFor()
      await change('going')
      await done(before, 'start make_going')
      await airflow.end('make_going', true)
      await inState('going', 'SUCCEEDED')
    })

    await test('its job is paused in the tool, and resumed: what was missed is said before, and made up for', async (page) => {
      await page.goto(`${url}/a/${await asset('going')}`)
      const before = calls.length
      await open(page, 'Pause its job')
      await foreseen(page, 'pauses make_going on airflow')
      await finish(page, why, `${warehouse}/shop.going`)
      await done(before, 'pause make_going')
      await change('going')
      await decided('going', 'HOLD', 'pause')
      await page.locator('#why .chip', { hasText: 'held' }).waitFor()
      await page.goto(`${url}/d/${(await actions('going'))[0].id}`)
      await press(page, 'Resume the job')
      await page.getByRole('dialog').getByText('Resuming asks for 1 missed run.').waitFor()
      await finish(page, why)
      await done(before + 1, 'resume make_going', 'start make_going')
      await airflow.end('make_going', true)
      await act(await at(page, `${url}/a/${await asset('going')}`), 'Pause its job', why, `${warehouse}/shop.going`)
      await act(page, 'Resume its job', why)
      await done(before + 3, 'pause make_going', 'resume make_going')
      assert.equal(airflow.paused.size, 0)
    })
  } finally {
    await stop()
  }
}

/** open opens the dialog of a button in the menu. */
async function open(page, button) {
  await page.getByText('Act', { exact: true }).click()
  await press(page, button)
}

/** foreseen waits until the dialog says what will happen, before anything has. */
async function foreseen(page, ...says) {
  const box = page.getByRole('dialog').getByRole('region', { name: 'What will happen' })
  for (const s of says) await box.getByText(s).first().waitFor()
}

async function at(page, address) {
  await page.goto(address)
  return page
}
