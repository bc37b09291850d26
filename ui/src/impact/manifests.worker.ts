// Reads and compares two manifests beside the page, which goes on answering:
// tens of megabytes take a while.
import { compare, NotOne, readManifest, type Diff } from './manifest'

export type Compared = (Diff & { adapter: string; strange: { which: 'old' | 'new'; says: string }[] }) | { broken: 'old' | 'new'; says: string }

async function read(which: 'old' | 'new', file: File) {
  try {
    return readManifest(await file.text())
  } catch (e) {
    const says = e instanceof Error ? e.message : String(e)
    throw { broken: which, says: e instanceof NotOne ? says : `it cannot be read: ${says}` } satisfies Compared
  }
}

addEventListener('message', async (m: MessageEvent<{ old: File; fresh: File }>) => {
  try {
    const old = await read('old', m.data.old)
    const fresh = await read('new', m.data.fresh)
    const strange = [{ which: 'old' as const, says: old.strange }, { which: 'new' as const, says: fresh.strange }].flatMap((s) => (s.says ? [{ which: s.which, says: s.says }] : []))
    postMessage({ ...compare(old, fresh), adapter: old.adapter, strange } satisfies Compared)
  } catch (e) {
    postMessage(e)
  }
})
