// Pictures of lineage that are large: a hub of 5,000, a chain of 500, a mesh of
// 660 datasets, of which one picture has 500 and counts the rest.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { newPage } from '../browser.mjs'
import { anew, frames, painted, settled, watched } from '../measure.mjs'
import { company, events, startSeeded } from '../seed.mjs'
import { at, frozen, ms, paced, put, within } from './table.mjs'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const LAYERS = 33
const WIDE = 20
const mesh = (layer, i) => `shop.mesh_${String(layer).padStart(2, '0')}_${String(i % WIDE).padStart(2, '0')}`

/** woven are jobs that make each dataset of a mesh of 660 of three in the layer before. */
function woven(from) {
  const of = (layer, i) => [0, 1, 8].map((k) => mesh(layer - 1, i * 7 + k))
  return events(Array.from({ length: (LAYERS - 1) * WIDE }, (_, n) => {
    const [layer, i] = [1 + Math.floor(n / WIDE), n % WIDE]
    return [`weave_${layer}_${i}`, of(layer, i), [mesh(layer, i)]]
  }), from)
}

/** lineage draws what is large. */
export async function lineage(browser) {
  laidOut()
  const known = company()
  const weir = await startSeeded([...known, ...woven(known.length)])
  const address = async (name, more = '') => `${weir.url}/lineage?focus=${await weir.id(name)}${more}`
  try {
    await hub(browser, await address('shop.hub'))
    await chain(browser, await address('shop.chain_0250', '&up=50&down=50'))
    await meshed(browser, weir, await address(mesh(16, 10), '&up=50&down=50&band=DATASET'))
  } finally {
    await weir.stop()
  }
}

/** laidOut places 500 drawables by the server's own code, as many as a page asks for. */
function laidOut() {
  const { stdout, status } = spawnSync('go', ['test', './graph/scene', '-run', '^$', '-bench', 'Layout500$', '-benchtime', '20x'], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' })
  const took = /(\d+) ns\/op/.exec(stdout)?.[1]
  if (status !== 0 || !took) throw new Error(`the layout was not measured:\n${stdout}`)
  within('500 drawables with 1,440 edges laid out by the server', Number(took) / 1e6, 300)
}

async function picture(browser, what, url) {
  const took = await anew(browser, 5, (page) => painted(page, url))
  within(`lineage of ${what}, address to picture, median of 5`, at(took, 0.5), 1000)
}

/** opening opens an address in a page of its own, which it gives, and watches that. */
async function opening(browser, what, url) {
  const page = await newPage(browser)
  frozen(`opening ${what}`, await watched(page, () => painted(page, url)))
  return page
}

const counts = (page) => page.locator('section.canvas .counts').innerText()
const number = (text) => Number(text.replaceAll(',', ''))

/** told adds what a page says that it hides, against what there is. */
function told(what, says, pattern, right) {
  const found = pattern.exec(says)?.slice(1).map(number) ?? []
  put(`${what}, as the page counts it`, says.replaceAll('\n', ' '), right.join(' and '), JSON.stringify(found) === JSON.stringify(right))
}

async function hub(browser, url) {
  await picture(browser, 'a hub of 5,000', url)
  const page = await opening(browser, 'the hub of 5,000', url)
  const readers = await page.locator('.react-flow__node', { hasText: 'read_' }).count()
  const bundled = number(/([\d,]+) in bundles/.exec(await counts(page))?.[1] ?? '0')
  put('readers of the hub: drawn and in its bundle', `${readers} + ${bundled.toLocaleString('en')}`, '5,000', readers + bundled === 5000)
  frozen('its bundle is opened, read on, searched and drawn from', await watched(page, async () => {
    await page.locator('.outline button', { hasText: 'more' }).first().click()
    await page.locator('.member-list a').first().waitFor()
    for (let n = 2; n <= 5; n++) {
      await page.getByRole('button', { name: 'More', exact: true }).click()
      await page.locator(`.member-list li:nth-child(${n * 100 - 50})`).waitFor()
    }
    await page.getByLabel('Search among them').pressSequentially('read_4321')
    await page.locator('.member-list li:only-child a', { hasText: 'read_4321' }).waitFor()
    await page.getByRole('button', { name: 'Draw', exact: true }).click()
    await page.locator('.react-flow__node', { hasText: 'read_4321' }).waitFor({ state: 'attached' })
  }))
  await page.context().close()
}

async function chain(browser, url) {
  await picture(browser, 'a chain of 500, 50 hops each way: 201 drawables in a row', url)
  const page = await opening(browser, 'the chain of 500', url)
  told('neighbours beyond the chain', await counts(page), /([\d,]+) more upstream, ([\d,]+) more downstream/, [1, 1])
  await moved(page, '201 drawables in a row')
  frozen('the chain is expanded ten hops further', await watched(page, async () => {
    for (let n = 1; n <= 10; n++) {
      await page.locator('.outline button', { hasText: `shop.chain_0${300 + n - 1}` }).click()
      await page.keyboard.press('d')
      await page.locator(`section.canvas[data-nodes="${201 + 2 * n}"]`).waitFor()
    }
  }))
  await page.context().close()
}

async function meshed(browser, weir, url) {
  const focus = new URL(url).searchParams.get('focus')
  const scene = (limit) => weir.ask('query($f: [ID!]!, $n: Int!) { lineageScene(focus: $f, band: DATASET, up: 50, down: 50, limit: $n) { drawables { key name { namespace name } rank row hiddenUpstream hiddenDownstream freshness { state says } } edges { source target lane } complete } }', { f: [focus], n: limit })
  await assert.rejects(scene(501), /limit must be 1 to 500/)
  const took = []
  for (let i = 0; i < 9; i++) {
    const from = performance.now()
    const drawn = await scene(500)
    assert.equal(drawn.lineageScene.drawables.length, 500)
    took.push(performance.now() - from)
  }
  within('500 of a mesh of 660 datasets: asked to laid out, median of 9', at(took, 0.5), 300)
  const opened = await anew(browser, 5, (p) => painted(p, url)) // as much as can be drawn: nobody's first look, so it has no second to keep
  put('lineage of a mesh, 500 of 660 drawn, address to picture, median of 5', ms(at(opened, 0.5)))
  const page = await opening(browser, 'the mesh of 660', url)
  put('the mesh, as the page counts it', (await counts(page)).replaceAll('\n', ' '))
  await moved(page, '500 drawables of the mesh')
  await page.context().close()
}

/** moved drags a picture about. */
async function moved(page, what) {
  await settled(page)
  let pace
  const freeze = await watched(page, async () => (pace = await frames(page)))
  frozen(`panning ${what}`, freeze)
  paced(`panning ${what}`, pace)
}
