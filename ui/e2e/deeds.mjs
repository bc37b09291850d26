// How a person does something on the page: a button, a dialog that says what
// will be, and the id of what was written down.
import assert from 'node:assert/strict'

/** act presses a button of the asset's menu and goes through with it. */
export async function act(page, button, fields, target) {
  await page.getByText('Act', { exact: true }).click()
  await press(page, button)
  return finish(page, fields, target)
}

/** press presses a button of the page that opens a dialog. */
export const press = (page, button) => page.locator('main').getByRole('button', { name: button, exact: true }).first().click()

/** finish fills the dialog, waits until readers see what was written down, and gives its id. */
export async function finish(page, fields, target) {
  const dialog = page.locator('dialog.confirm')
  for (const [label, value] of Object.entries(fields)) await dialog.getByLabel(label, { exact: true }).fill(value)
  if (target) await dialog.getByLabel(/^Type/).fill(target)
  await dialog.locator('.buttons button').last().click()
  const status = dialog.locator('.note.good')
  await status.getByText(/at position \d+/).waitFor()
  assert.equal(await dialog.getByText('readers do not see it yet').count(), 0)
  const written = await status.locator('code').first().innerText()
  await dialog.getByRole('button', { name: 'Close' }).click()
  await dialog.waitFor({ state: 'detached' })
  return written
}
