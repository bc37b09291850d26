// The lineage page on a weir with a hub of 5,000, a chain of 500, cycles, a
// table of 500 columns and hostile names: by mouse, by keys alone, by address.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { frames, settled } from './measure.mjs'
import { until } from './browser.mjs'
import { copies } from './copied.mjs'
import { hostile, startSeeded } from './seed.mjs'

/** picture is where everything stands: what must not change by itself. */
export const picture = (page) => page.locator('.react-flow__node').evaluateAll((all) => all.map((n) => `${n.dataset.id} ${n.style.transform}`).sort())

/** unlike is the share of the pixels that two screenshots do not have in common; a shade does not count. */
async function unlike(page, ...images) {
  return page.evaluate(async (list) => {
    const [a, b] = await Promise.all(list.map(async (x) => {
      const image = new Image()
      image.src = `data:image/png;base64,${x}`
      await image.decode()
      const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d')
      canvas.drawImage(image, 0, 0)
      return canvas.getImageData(0, 0, image.width, image.height).data
    }))
    if (a.length !== b.length) return 1
    let others = 0
    for (let i = 0; i < a.length; i += 4) if ([0, 1, 2].some((c) => Math.abs(a[i + c] - b[i + c]) > 24)) others++
    return others / (a.length / 4)
  }, images.map((x) => x.toString('base64')))
}

export default async function lineage({ test, axe, newPage }) {
  const weir = await startSeeded()
  const open = async (page, asset, more = '') => {
    await page.goto(`${weir.url}/lineage?focus=${await weir.id(asset)}${more}`)
    await settled(page)
  }
  const drawn = (page) => page.locator('section.canvas').getAttribute('data-nodes').then(Number)
  try {
    await test('what was asked for is in the first view as far as it can be read, and the focus in it', async (page) => {
      await open(page, 'shop.chain_0250', '&up=1&down=8')
      const box = await page.locator('.react-flow').boundingBox()
      const at = (name) => page.locator('.react-flow__node', { hasText: name }).first().boundingBox()
      const focus = await at('shop.chain_0250')
      assert.ok(focus.x >= box.x && focus.x + focus.width <= box.x + box.width, JSON.stringify(focus))
      const lefts = await page.locator('.react-flow__node').evaluateAll((all) => all.map((e) => e.getBoundingClientRect()).map((r) => [r.left, r.right]))
      const first = Math.min(...lefts.map((r) => r[0]))
      assert.ok(first >= box.x && first < box.x + 60, `the picture begins at ${first}, its frame at ${box.x}`)
      assert.ok(lefts.filter((r) => r[1] <= box.x + box.width).length >= 5, JSON.stringify(lefts))
    })

    await test('a focus is found by keys alone, widened, walked and left', async (page) => {
      await page.goto(`${weir.url}/`)
      await page.locator('nav').first().waitFor()
      await page.keyboard.press('g')
      await page.keyboard.press('l')
      await page.getByLabel('Search for an asset').waitFor()
      await page.keyboard.type('chain_0250')
      await page.locator('.starts button', { hasText: 'shop.chain_0250' }).first().waitFor()
      await page.keyboard.press('Enter')
      await settled(page)
      assert.equal(await drawn(page), 5)
      const top = async () => (await page.locator('section.canvas').boundingBox()).y
      const before = await top()
      await page.keyboard.press('ArrowRight') // selects the focus
      await page.locator('.drawer').waitFor()
      assert.equal(await top(), before, 'the drawer moves the picture')
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('ArrowRight')
      await page.getByRole('heading', { name: 'shop.chain_0251' }).waitFor()
      await page.keyboard.press('d')
      await page.locator('section.canvas[data-nodes="7"]').waitFor()
      await page.keyboard.press('Escape')
      await page.locator('.drawer').waitFor({ state: 'detached' })
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('ArrowLeft')
      await page.keyboard.press('ArrowLeft')
      await page.keyboard.press('f')
      await page.getByRole('heading', { level: 1, name: 'Lineage shop.chain_0249' }).waitFor()
    })

    await test('a hub of 5,000 is a small picture, its bundle is searched and drawn from', async (page) => {
      await open(page, 'shop.hub')
      assert.ok((await drawn(page)) <= 40, `${await drawn(page)} drawn`)
      await page.getByText('4,989 in bundles').waitFor()
      await page.locator('.outline button', { hasText: '4,989 more' }).click()
      await page.getByLabel('Search among them').fill('read_4321')
      await page.locator('.member-list a', { hasText: 'read_4321' }).waitFor()
      await axe(page)
      await page.getByRole('button', { name: 'Draw', exact: true }).click()
      await page.locator('.react-flow__node', { hasText: 'read_4321' }).waitFor({ state: 'attached' })
      await page.locator('.outline button', { hasText: '4,98' }).waitFor()
    })

    await test('a chain of 500 is drawn as far as was asked, and says what lies beyond', async (page) => {
      await open(page, 'shop.chain_0250', '&up=50&down=50')
      assert.equal(await drawn(page), 201)
      await page.getByText('1 more upstream, 1 more downstream').waitFor()
      const { worst } = await frames(page)
      console.log(`     panning over 201 drawables: longest frame ${worst.toFixed(0)} ms`)
    })

    await test('what is expanded moves nothing, and collapsed it is the picture of before', async (page) => {
      await open(page, 'shop.busy_0010')
      const before = await picture(page)
      await page.locator('.node', { hasText: 'busy_0006' }).locator('.more.left').click()
      await page.waitForURL(/[?&]x=/)
      await page.waitForFunction((n) => Number(document.querySelector('section.canvas').dataset.nodes) > n, before.length)
      const after = new Set(await picture(page))
      assert.ok(before.every((n) => after.has(n)), 'something moved')
      await page.getByRole('button', { name: 'Collapse what was expanded' }).click()
      await page.waitForFunction((n) => Number(document.querySelector('section.canvas').dataset.nodes) === n, before.length)
      assert.deepEqual(await picture(page), before)
    })

    await test('after many expansions the collapsed picture is the one of before: nodes, edges, where it is seen from, pixels', async (page) => {
      await page.setViewportSize({ width: 1180, height: 900 }) // where the drawer takes room from the picture
      await open(page, 'shop.busy_0010')
      const drawing = async () => [await picture(page), await page.locator('path.react-flow__edge-path').evaluateAll((list) => list.map((e) => e.getAttribute('d')).sort()), await page.locator('.react-flow__viewport').getAttribute('style')]
      const all = async () => {
        await page.mouse.move(0, 0)
        let last // edges are drawn once nodes are measured
        const rests = await until('the picture stands still', async () => {
          const now = await drawing()
          const same = now[1].length >= now[0].length - 1 && JSON.stringify(now) === last
          last = JSON.stringify(now)
          return same && now
        })
        return { drawn: rests, image: await page.locator('section.canvas .react-flow').screenshot() }
      }
      const before = await all()
      for (let n = 0; n < 3; n++) { // the one farthest right, which the drawer would hide
        const had = await drawn(page)
        await page.locator('.node .more').evaluateAll((all) => all.toSorted((a, b) => b.getBoundingClientRect().right - a.getBoundingClientRect().right)[0].click())
        await page.waitForFunction((was) => Number(document.querySelector('section.canvas').dataset.nodes) > was, had)
        await settled(page)
      }
      await page.waitForFunction((was) => document.querySelector('.react-flow__viewport').getAttribute('style') !== was, before.drawn[2]) // the first that was expanded is moved out from under the drawer
      const wide = await all()
      await page.getByRole('button', { name: 'Collapse what was expanded' }).click()
      await page.waitForFunction((n) => Number(document.querySelector('section.canvas').dataset.nodes) === n, before.drawn[0].length)
      await page.locator('.drawer').waitFor({ state: 'detached' })
      const after = await all()
      assert.deepEqual(after.drawn, before.drawn)
      const blank = await newPage()
      assert.ok((await unlike(blank, before.image, wide.image)) > 0.005)
      assert.ok((await unlike(blank, before.image, after.image)) < 0.0005, `${await unlike(blank, before.image, after.image)} of the pixels are others`)
      await blank.context().close()
    })

    await test('the picture is in the middle of its frame, also once its lists are there', async (page) => {
      await open(page, 'shop.chain_0250', '&up=2&down=2')
      await page.locator('.twin [data-row-key]').first().waitFor()
      const [frame, node] = await Promise.all(['section.canvas', '.node.focus'].map((s) => page.locator(s).boundingBox()))
      const off = node.y + node.height / 2 - (frame.y + frame.height / 2)
      assert.ok(Math.abs(off) < 20, `${off} px from the middle`)
    })

    await test('a reload and a shared address show the same picture', async (page) => {
      const id = await weir.id('shop.busy_0010')
      await open(page, 'shop.busy_0010', `&up=2&x=u-${id}&sel=${id}&sort=-name&band=DATASET`)
      const before = await picture(page)
      const first = () => page.locator('.grid [role=gridcell]').first().innerText()
      const top = await first()
      await page.reload()
      await settled(page)
      assert.deepEqual(await picture(page), before)
      assert.equal(await first(), top)
      await page.locator('.drawer', { hasText: 'shop.busy_0010' }).waitFor()
      const other = await newPage()
      await other.goto(page.url())
      await settled(other)
      assert.deepEqual(await picture(other), before)
      await other.context().close()
    })

    await test('a picture and a node of it are taken along as a command and a question that answer', async (page) => {
      page.removeAllListeners('request') // its own weir, not the demo's
      await open(page, 'shop.chain_0010', '&up=2')
      const { data, printed } = await copies(page, page.locator('.title'), /^weir lineage 'dataset:.*' -u 2 -d 1 -o mermaid$/)
      assert.equal(data.lineageScene.drawables.length, await drawn(page))
      assert.match(printed, /flowchart/)
      await page.locator('.twin [data-row-key]').first().click()
      await copies(page, page.getByRole('dialog'), /^weir lineage '(dataset|job):.*' -u 2 -d 1 -o mermaid$/)
      await open(page, 'shop.chain_0010', '&band=JOB')
      await copies(page, page.locator('.title'), /^weir query -[^]*band: JOB/)
    })

    await test('ways between two assets, and none', async (page) => {
      const [from, to] = [await weir.id('shop.split'), await weir.id('shop.joined')]
      await page.goto(`${weir.url}/lineage?focus=${from}&to=${to}`)
      await settled(page)
      await page.getByText('2 ways').waitFor()
      await page.getByRole('button', { name: '2: 4 steps' }).click()
      await page.waitForURL(/way=1/)
      await page.goto(`${weir.url}/lineage?focus=${to}&to=${from}`)
      await page.getByText('No data flows').waitFor()
      await page.getByRole('button', { name: 'Try the other direction' }).click()
      await page.getByText('2 ways').waitFor()
    })

    await test('cycles are drawn back, and what is made of itself is said', async (page) => {
      await open(page, 'shop.ring_b', '&up=3&down=3&band=DATASET')
      assert.equal(await page.locator('.react-flow__edge.back').count(), 1)
      await page.locator('.node .loop').waitFor()
      await page.locator('.node', { hasText: 'shop.ring_c' }).locator('.face').click()
      await page.locator('.drawer', { hasText: 'shop.ring_c' }).waitFor()
    })

    await test('columns: a few of 500, held highlighted, one followed', async (page) => {
      await open(page, 'shop.wide', '&band=COLUMN')
      await page.getByText('490 more columns').waitFor()
      assert.equal(await page.locator('.react-flow__edge').count(), 3)
      await page.locator('button.column', { hasText: 'col_0003' }).click()
      await page.waitForURL(/lock=/)
      assert.equal(await page.locator('.react-flow__edge.bold').count(), 2)
      await page.locator('.outline button', { hasText: 'shop.wide' }).click()
      await page.getByLabel('Search its columns').fill('0007')
      await page.locator('.member-list button', { hasText: 'col_0007' }).click()
      await page.waitForFunction(() => document.querySelectorAll('.react-flow__edge').length === 1)
    })

    await test('the past is another colour, shows no status, and leads back to now', async (page) => {
      await open(page, 'shop.chain_0002', '&up=3')
      await page.keyboard.press('[')
      await page.locator('.past').waitFor()
      await page.waitForURL(/asOf=/)
      await settled(page)
      assert.equal(await page.locator('.node.good').count(), 0)
      await page.keyboard.press('[')
      await axe(page)
      await page.getByRole('button', { name: 'Back to now' }).click()
      await page.locator('.past').waitFor({ state: 'detached' })
      assert.equal(await page.locator('.times input[type=datetime-local]').getAttribute('step'), null, 'an empty field asks for seconds')
      await page.locator('.node.good').first().waitFor()
    })

    await test('a picture is taken along, and hostile names are text in it', async (page) => {
      await open(page, `shop.${hostile}`)
      for (const [button, magic] of [['Picture (SVG)', '<svg'], ['Picture (PNG)', '\x89PNG']]) {
        await page.getByText('Take along').click()
        const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()])
        const body = readFileSync(await file.path(), 'latin1')
        assert.ok(body.startsWith(magic), button)
        assert.ok(!body.includes('<script'), button)
        await page.getByText('Take along').waitFor()
      }
    })

    for (const colorScheme of ['light', 'dark']) {
      await test(`axe finds nothing, ${colorScheme}`, async (page) => {
        await open(page, 'shop.ring_b', '&up=3&down=3')
        await axe(page)
        await page.locator('.outline button', { hasText: 'ring_2' }).click()
        await page.locator('.drawer').waitFor()
        await axe(page)
        await page.goto(`${weir.url}/lineage`)
        await page.locator('.picker').waitFor()
        await axe(page)
      }, { colorScheme })
    }

    await test('what changes is offered and moves nothing by itself', async (page) => {
      await open(page, 'shop.split')
      const before = await picture(page)
      await page.getByText('live', { exact: true }).waitFor()
      await weir.post([['third', ['shop.split'], ['shop.third']]])
      await page.getByRole('button', { name: /changes? in the graph: show/ }).waitFor()
      assert.deepEqual(await picture(page), before)
      await page.getByRole('button', { name: /changes? in the graph: show/ }).click()
      await page.locator('.react-flow__node', { hasText: 'shop.third' }).waitFor({ state: 'attached' })
    })
  } finally {
    await weir.stop()
  }
}
