// The stream of hints, for a page or for the worker that pages share. The
// server is heard at least every 5 s; after 10 s of silence the stream is taken
// for dead and opened anew where it ended.
export const kinds = ['hello', 'alive', 'asset', 'run', 'decision', 'action', 'system', 'resync'] as const
export type Kind = (typeof kinds)[number]
export type Heard = { kind: Kind; data: string } | { kind: 'lost' }

export const SILENT = 10_000
const RETRY = 3000

/** listen tells what is heard until it is stopped. */
export function listen(url: string, tell: (h: Heard) => void): () => void {
  let source: EventSource | undefined
  let last = ''
  let heard = Date.now()
  let again: ReturnType<typeof setTimeout> | undefined

  const open = () => {
    again = undefined
    source?.close()
    heard = Date.now()
    // The browser sends Last-Event-ID only for a stream that it resumes itself.
    source = new EventSource(last ? `${url}?lastEventId=${encodeURIComponent(last)}` : url)
    for (const kind of kinds) {
      source.addEventListener(kind, (e) => {
        heard = Date.now()
        const m = e as MessageEvent<string>
        if (m.lastEventId) last = m.lastEventId
        tell({ kind, data: m.data })
      })
    }
    source.onerror = () => {
      tell({ kind: 'lost' })
      if (source?.readyState === EventSource.CLOSED) again ??= setTimeout(open, RETRY)
    }
  }
  open()
  const watch = setInterval(() => {
    if (again || Date.now() - heard < SILENT) return
    tell({ kind: 'lost' })
    open()
  }, 1000)
  return () => {
    clearInterval(watch)
    clearTimeout(again)
    source?.close()
  }
}
