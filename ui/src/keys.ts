// Keys: a page says what it listens to while it is shown; the help lists it.
// Nothing is heard while somebody writes, or while a dialog is open.
import { shown } from './shown'

export type Key = {
  /** One key, or two after each other such as "g t". */
  keys: string
  what: string
  run: (e: KeyboardEvent) => void
}
const keys = shown<Key>((k) => `${k.keys} ${k.what}`)

/** useKeys listens to keys while the component is shown; useKnownKeys are those that work now. */
export const { useOffer: useKeys, useKnown: useKnownKeys } = keys

export function writing(el: EventTarget | null): boolean {
  return el instanceof HTMLElement && (/^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) || el.isContentEditable)
}

let before = ''
let beforeAt = 0
globalThis.window?.addEventListener('keydown', (e) => {
  if (e.metaKey || e.ctrlKey || e.altKey || e.defaultPrevented || writing(e.target) || document.querySelector('dialog[open]:modal')) return
  const two = Date.now() - beforeAt < 1500 ? `${before} ${e.key}` : ''
  const all = keys.all()
  const hit = all.find((k) => k.keys === two) ?? all.find((k) => k.keys === e.key)
  before = e.key
  beforeAt = Date.now()
  if (!hit) return
  e.preventDefault()
  before = ''
  hit.run(e)
})
