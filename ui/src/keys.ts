// Keys: a page says what it listens to while it is shown; the help lists it.
// Nothing is heard while somebody writes, or while a dialog is open.
import { useEffect, useRef, useSyncExternalStore } from 'react'

export type Key = {
  /** One key, or two after each other such as "g t". */
  keys: string
  what: string
  run: (e: KeyboardEvent) => void
}
let groups: { current: Key[] }[] = []
let known: Key[] = []
const listeners = new Set<() => void>()

function refresh() {
  // The page's keys come before the shell's; the newest group wins.
  known = [...groups].reverse().flatMap((g) => g.current)
  listeners.forEach((l) => l())
}

/** useKeys listens to keys while the component is shown. */
export function useKeys(list: Key[]) {
  const ref = useRef(list)
  ref.current = list
  const listed = list.map((k) => `${k.keys} ${k.what}`).join('\n')
  useEffect(() => {
    groups = [...groups, ref]
    refresh()
    return () => {
      groups = groups.filter((g) => g !== ref)
      refresh()
    }
  }, [listed])
}

/** useKnownKeys are those that work now. */
export function useKnownKeys(): Key[] {
  return useSyncExternalStore((l) => (listeners.add(l), () => listeners.delete(l)), () => known)
}

export function writing(el: EventTarget | null): boolean {
  return el instanceof HTMLElement && (/^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) || el.isContentEditable)
}

let before = ''
let beforeAt = 0
globalThis.window?.addEventListener('keydown', (e) => {
  if (e.metaKey || e.ctrlKey || e.altKey || e.defaultPrevented || writing(e.target) || document.querySelector('dialog[open]:modal')) return
  const two = Date.now() - beforeAt < 1500 ? `${before} ${e.key}` : ''
  const all = [...groups].reverse().flatMap((g) => g.current)
  const hit = all.find((k) => k.keys === two) ?? all.find((k) => k.keys === e.key)
  before = e.key
  beforeAt = Date.now()
  if (!hit) return
  e.preventDefault()
  before = ''
  hit.run(e)
})
