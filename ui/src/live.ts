import { useEffect, useState, useSyncExternalStore } from 'react'
import { base, place } from './base'
import { listen, SILENT, type Heard } from './stream'

// What changed is gathered for a second, then the views it concerns read again.
// While the stream is lost, weir is asked now and then whether it is there.
export type State = {
  /** How often views were told to read again. */
  version: number
  /** The ids of the last change; null: anything may have changed. */
  touched: ReadonlySet<string> | null
  /** Whether the stream is heard. */
  connected: boolean
  /** When weir was last heard, in ms. */
  lastAt: number
  /** Whether the server has another version of this page. */
  outdated: boolean
}
let state: State = { version: 0, touched: null, connected: false, lastAt: Date.now(), outdated: false }
const listeners = new Set<() => void>()
const GATHER = 1000
const POLL = 3000
const PATIENCE = 4000
const REREAD = 15_000

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
    set({ version: state.version + 1, touched })
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

function hear(h: Heard) {
  if (h.kind === 'lost') {
    if (state.connected) set({ connected: false })
    return
  }
  const back = !state.connected
  set({ connected: true, lastAt: Date.now() })
  if (back) void compare()
  if (back || h.kind === 'resync' || h.kind === 'system') changed(null)
  else if (h.kind !== 'hello' && h.kind !== 'alive') changed(idsOf(h.data))
}

/** compare asks whether the server still gives the page that runs here. */
async function compare() {
  const mine = document.querySelector<HTMLScriptElement>('script[type=module][src*="assets/"]')?.src
  if (!mine) return
  try {
    const answer = await fetch(base, { headers: { accept: 'text/html' }, cache: 'no-cache' })
    const page = await answer.text()
    if (answer.ok && !page.includes(mine.slice(mine.lastIndexOf('/')))) set({ outdated: true })
  } catch {
    // Not there after all: the stream says so, too.
  }
}

let reread = 0
async function poll() {
  if (document.hidden) return
  if (state.connected) {
    // Timers of a page in the back may be late: the stream itself is asked first.
    if (Date.now() - state.lastAt > SILENT) set({ connected: false })
    return
  }
  try {
    await fetch(place('healthz'), { signal: AbortSignal.timeout(PATIENCE), cache: 'no-store' })
    set({ lastAt: Date.now() })
    if (Date.now() - reread > REREAD) {
      reread = Date.now()
      changed(null)
    }
  } catch {
    // lastAt says since when.
  }
}

/** subscribeStream listens through the worker that pages share, or by itself. */
function subscribeStream(): () => void {
  const url = place('api/v1/stream')
  if (typeof SharedWorker === 'undefined') return listen(url, hear)
  try {
    const worker = new SharedWorker(new URL('./live.worker.ts', import.meta.url), { type: 'module', name: `weir ${base}` })
    let stop = () => {
      worker.port.postMessage({ bye: true })
      worker.port.close()
    }
    worker.onerror = () => {
      stop()
      stop = listen(url, hear)
    }
    worker.port.onmessage = (m: MessageEvent<Heard>) => hear(m.data)
    worker.port.postMessage({ url: new URL(url, location.href).href })
    return () => stop()
  } catch {
    return listen(url, hear)
  }
}

/** connect begins to listen; what it gives ends that. */
export function connect() {
  let stop = subscribeStream()
  let on = true
  const end = () => {
    if (on) stop()
    on = false
  }
  // A page that comes back out of the browser's cache goes on where it was left.
  const back = (e: PageTransitionEvent) => {
    if (!e.persisted || on) return
    stop = subscribeStream()
    on = true
    changed(null)
  }
  const beat = window.setInterval(() => void poll(), POLL)
  const all = window.setInterval(() => changed(null), 60_000) // what time alone changes
  window.addEventListener('pagehide', end)
  window.addEventListener('pageshow', back)
  return () => {
    window.removeEventListener('pagehide', end)
    window.removeEventListener('pageshow', back)
    window.clearInterval(beat)
    window.clearInterval(all)
    end()
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
  const { version } = useLive()
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    setNow(Date.now())
    const t = window.setInterval(() => setNow(Date.now()), every)
    return () => window.clearInterval(t)
  }, [every, version])
  return now
}
