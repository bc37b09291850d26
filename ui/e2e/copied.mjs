// What "Copy as" gives is tried: the command by a shell with the real weir, the
// question by the real server.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { asker } from './browser.mjs'

const bin = dirname(process.env.WEIR_BIN ?? fileURLToPath(new URL('../../bin/weir', import.meta.url)))

/** run is what a command prints; its end must be good. */
export function run(command, url) {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', command], { env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, WEIR_URL: url } })
    let out = ''
    let said = ''
    child.stdout.on('data', (b) => (out += b))
    child.stderr.on('data', (b) => (said += b))
    child.on('error', reject)
    child.on('exit', (code) => (code === 0 ? resolve(out) : reject(new Error(`${command}\nended with ${code}: ${said}${out}`))))
  })
}

/** taken is what one form of the menu in a part of the page gives. */
export async function taken(page, part, form) {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const menu = part.locator('details.menu', { has: page.getByRole('button', { name: 'GraphQL', exact: true, includeHidden: true }) }).first()
  await page.evaluate(() => navigator.clipboard.writeText(''))
  await menu.locator('summary').click()
  await menu.getByRole('button', { name: form, exact: true }).click()
  await menu.locator('summary', { hasText: 'Copied' }).waitFor()
  return page.evaluate(() => navigator.clipboard.readText())
}

/** copies tries the command, which is like one that is expected, and the question, of which every one has an answer without errors; it gives both answers. */
export async function copies(page, part, like) {
  const url = new URL(page.url()).origin
  const command = await taken(page, part, 'Command')
  assert.match(command, like)
  const printed = await run(command, url)
  const question = await taken(page, part, 'GraphQL')
  assert.doesNotMatch(question, /\$\w/, 'no variable is left')
  return { command, printed, question, data: await asker(url)(question) }
}
