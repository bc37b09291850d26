import { useEffect, useState, useSyncExternalStore } from 'react'

// One stream for the page. Changes are gathered for a second, then every view
// that asks is told to read again; nothing moves between.
type State = { version: number; connected: boolean; lastAt: number }
let state: State = { version: 0, connected: false, lastAt: Date.now() }
const listeners = new Set<() => void>()
let timer: number | undefined

function set(next: Partial<State>) {
  state = { ...state, ...next }
  listeners.forEach((l) => l())
}

function changed() {
  if (timer !== undefined) return
  timer = window.setTimeout(() => {
    timer = undefined
    set({ version: state.version + 1, lastAt: Date.now() })
  }, 800)
}

let source: EventSource | undefined
export function connect() {
  if (source) return
  source = new EventSource('/api/v1/stream')
  source.onopen = () => {
    set({ connected: true, lastAt: Date.now() })
    changed()
  }
  source.onerror = () => set({ connected: false })
  for (const kind of ['asset', 'run', 'decision', 'action', 'resync', 'message']) source.addEventListener(kind, changed)
}

function subscribe(l: () => void) {
  listeners.add(l)
  return () => listeners.delete(l)
}

export function useLive(): State {
  return useSyncExternalStore(subscribe, () => state)
}

/** useNow is the time, refreshed now and then, for relative times. */
export function useNow(every = 10_000): number {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const t = window.setInterval(() => setNow(Date.now()), every)
    return () => window.clearInterval(t)
  }, [every])
  return now
}
