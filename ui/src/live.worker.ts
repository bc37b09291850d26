// One stream for all pages of a browser: HTTP/1.1 allows six connections to an
// origin, and each page has questions to ask, too.
import { listen, type Heard } from './stream'

const pages = new Set<MessagePort>()
let state: Heard = { kind: 'lost' }
let started = false

function tell(h: Heard) {
  state = h.kind === 'lost' ? h : { kind: 'hello', data: '{}' }
  for (const p of pages) p.postMessage(h)
}

addEventListener('connect', (e) => {
  const port = (e as MessageEvent).ports[0]!
  pages.add(port)
  port.onmessage = (m: MessageEvent<{ url?: string; bye?: true }>) => {
    if (m.data.bye) pages.delete(port)
    else if (m.data.url && !started) {
      started = true
      listen(m.data.url, tell)
    } else port.postMessage(state)
  }
})
