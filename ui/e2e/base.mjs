// weir as a folder of another site: behind a proxy that leaves the folder in
// the path, and behind one that takes it away. Pages, assets, the stream, deep
// links, deeds and the links of commands hold.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import http from 'node:http'
import { fileURLToPath } from 'node:url'
import { agree, newPage, startWeir } from './browser.mjs'

/** proxy shows what runs at `to` below /weir, and nothing else. */
async function proxy(to, strip) {
  const outside = []
  const server = http.createServer((req, res) => {
    if (!/^\/weir(\/|$)/.test(req.url)) {
      outside.push(req.url)
      return res.writeHead(404).end('not weir')
    }
    const path = strip ? req.url.slice('/weir'.length) || '/' : req.url
    if (strip && req.url === '/weir') return res.writeHead(301, { location: '/weir/' }).end() // as nginx does
    const up = http.request(new URL(to).origin + path, { method: req.method, headers: req.headers }, (r) => {
      res.writeHead(r.statusCode, r.headers)
      r.pipe(res)
    })
    up.on('error', () => res.destroy())
    res.on('close', () => up.destroy())
    req.pipe(up)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()))
  return { origin: `http://127.0.0.1:${server.address().port}`, outside, stop }
}

export default async function base({ test, browser }) {
  const weir = await startWeir(['demo', '--listen', '127.0.0.1:0', '--pace', '0', '--days', '2', '--base-path', '/weir'])
  try {
    assert.ok(weir.url.endsWith('/weir'), `ready says ${weir.url}`)
    for (const strip of [false, true]) {
      const front = await proxy(weir.url, strip)
      const url = `${front.origin}/weir`
      await test(`every screen below /weir, ${strip ? 'which the proxy takes away' : 'which the proxy leaves'}`, async () => {
        // Its own list of what went wrong: this page's origin is the proxy's.
        const mine = await newPage(browser)
        try {
          await mine.goto(url)
          await mine.waitForURL(`${url}/`)
          await mine.locator('.number').first().waitFor()
          await mine.locator('.live.good').waitFor()
          // What only that page shows: the one before is drawn until the next has come, and a search takes the keys.
          for (const [key, path, own] of [['a', '/assets', '.facets'], ['l', '/lineage', '.picker #search:focus'], ['i', '/impact', '.builder'], ['r', '/timeline', '[data-piece]'], ['d', '/decisions', 'h1:text("Decisions")'], ['p', '/policies', 'h1:text("Policies")'], ['s', '/system', '#quarantine']]) {
            await mine.keyboard.press('g')
            await mine.keyboard.press(key)
            await mine.waitForURL(`${url}${path}**`)
            await mine.locator(own).first().waitFor()
            await mine.locator('body').press('Escape')
            await mine.evaluate(() => document.activeElement?.blur())
          }
          await mine.goto(`${url}/assets?q=churn`)
          await mine.locator('.grid .asset', { hasText: 'model/churn' }).first().click()
          await mine.waitForURL(`${url}/a/**`)
          const deep = mine.url()
          await mine.reload()
          await mine.locator('.tree li').first().waitFor()
          assert.equal(mine.url(), deep)
          await mine.getByText('Act', { exact: true }).click()
          await mine.getByRole('button', { name: 'Hold', exact: true }).click()
          const dialog = mine.getByRole('dialog')
          await dialog.getByLabel(/^Why/).fill('the test of the base path')
          await agree(mine)
          await dialog.getByRole('status').locator('a').first().click()
          await mine.waitForURL(`${url}/d/**`)
          await mine.getByText('the test of the base path').first().waitFor()
          await mine.goto(`${url}/graphql?q=%7Bsystem%7Bversion%7D%7D`)
          await mine.waitForURL(`${url}/query?q=**`)
          await mine.getByRole('button', { name: /^Ask/ }).click()
          await mine.getByText('"version"').waitFor()
          assert.deepEqual(mine.wrong, [])
          assert.deepEqual(front.outside, [], 'nothing is asked for beside the folder')
        } catch (e) {
          throw new Error(`${e.message}\nat ${mine.url()}: ${mine.wrong.join(', ')}`)
        } finally {
          await mine.context().close()
        }
      })
      await test(`commands link below /weir, ${strip ? 'taken away' : 'left'}`, async () => {
        const bin = process.env.WEIR_BIN ?? fileURLToPath(new URL('../../bin/weir', import.meta.url))
        const said = await output(bin, ['show', 'model/churn', '--url', url])
        assert.match(said, new RegExp(`${url}/a/asset_`))
      })
      await front.stop()
    }
  } finally {
    await weir.stop()
  }
}

/** output is what a command prints; it must not block the proxy that runs here. */
function output(bin, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(bin, args)
    let said = ''
    child.stdout.on('data', (b) => (said += b))
    child.stderr.on('data', (b) => (said += b))
    child.on('error', reject)
    child.on('exit', () => resolve(said))
  })
}
