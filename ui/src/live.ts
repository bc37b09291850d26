import { useEffect, useState, useSyncExternalStore } from 'react'

// One stream for the page. What changed is gathered for a second, then the
// views it concerns read again. A stream that is silent may be dead: then weir
// is asked whether it is there.
export type State = {
  /** How often views were told to read again. */
  version: number
  /** The ids of the last change; null: anything may have changed. */
  touched: ReadonlySet<string> | null
  connected: boolean
  /** When weir was last heard, in ms. */
  lastAt: number
}
let state: State = { version: 0, touched: null, connected: false, lastAt: Date.now() }
const listeners = new Set<() => void>()
const GATHER = 1000
const SILENT = 8000
const PATIENCE = 4000

function set(next: Partial<State>) {
  state = { ...state, ...next }
  listeners.forEach((l) => l())
}

let timer: number | undefined
let gathered: Set<string> | null = new Set()

function changed(ids: string[] | null) {
  if (ids === null) gathered = null
  else ids.forEach((id) => gathered?.add(id))
  if (timer !== undefined) return
  timer = window.setTimeout(() => {
    const touched = gathered
    timer = undefined
    gathered = new Set()
    set({ version: state.version + 1, touched, lastAt: Date.now() })
  }, GATHER)
}

/** idsOf reads a hint; null: it names nothing, so anything may have changed. */
export function idsOf(data: string): string[] | null {
  try {
    const hint = JSON.parse(data) as { id?: string; target?: string }
    const ids = [hint.id, hint.target].filter((x): x is string => Boolean(x))
    return ids.length > 0 ? ids : null
  } catch {
    return null
  }
}

let source: EventSource | undefined
function open() {
  source?.close()
  source = new EventSource('/api/v1/stream')
  source.addEventListener('hello', () => {
    set({ connected: true, lastAt: Date.now() })
    changed(null)
  })
  source.onerror = () => {
    set({ connected: false })
    if (source?.readyState === EventSource.CLOSED) window.setTimeout(open, 3000)
  }
  for (const kind of ['asset', 'run', 'decision', 'action', 'system', 'resync']) {
    source.addEventListener(kind, (e) => {
      set({ connected: true, lastAt: Date.now() })
      changed(kind === 'resync' || kind === 'system' ? null : idsOf((e as MessageEvent<string>).data))
    })
  }
}

async function pulse() {
  if (document.hidden || Date.now() - state.lastAt < SILENT) return
  try {
    await fetch('/healthz', { signal: AbortSignal.timeout(PATIENCE), cache: 'no-store' })
    const back = !state.connected
    set({ connected: source?.readyState === EventSource.OPEN, lastAt: Date.now() })
    if (back) changed(null)
  } catch {
    set({ connected: false })
  }
}

export function connect() {
  open()
  const beat = window.setInterval(() => void pulse(), 2000)
  const all = window.setInterval(() => changed(null), 60_000) // what time alone changes
  return () => {
    window.clearInterval(beat)
    window.clearInterval(all)
    source?.close()
  }
}

function subscribe(l: () => void) {
  listeners.add(l)
  return () => listeners.delete(l)
}

export function useLive(): State {
  return useSyncExternalStore(subscribe, () => state)
}

/** useNow is the time, refreshed now and then and with what is read, for relative times. */
export function useNow(every = 10_000): number {
  const { lastAt } = useLive()
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const t = window.setInterval(() => setNow(Date.now()), every)
    return () => window.clearInterval(t)
  }, [every])
  return Math.max(now, lastAt)
}
