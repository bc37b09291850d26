// Who asks. While weir asks nobody, required is false and all may do all.
import { useSyncExternalStore } from 'react'
import { place } from './base'

export type Session = { required: boolean; known: boolean; name?: string; grants: { role: string; namespaces: string[] }[]; can: string[] }

let session: Session | undefined
const listeners = new Set<() => void>()

function set(next: Session) {
  session = next
  listeners.forEach((l) => l())
}

const nobody: Session = { required: true, known: false, grants: [], can: [] }

/** readSession asks weir whom it takes this browser for. */
export async function readSession() {
  try {
    const r = await fetch(place('api/v1/session'))
    if (r.ok) set((await r.json()) as Session)
    else if (r.status === 401) set(nobody)
  } catch {
    // weir is away: the pages say so
  }
}

/** signIn shows weir a key; what is wrong with it comes back as a sentence. */
export async function signIn(key: string): Promise<string | null> {
  const r = await fetch(place('api/v1/session'), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ key }) })
  const said = (await r.json()) as Session & { detail?: string }
  if (!r.ok) return said.detail ?? String(r.status)
  set(said)
  return null
}

export async function signOut() {
  await fetch(place('api/v1/session'), { method: 'DELETE' })
  location.reload()
}

/** useSession is undefined until weir has answered. */
export function useSession(): Session | undefined {
  return useSyncExternalStore((l) => (listeners.add(l), () => listeners.delete(l)), () => session)
}

/** acts says whether somebody may change anything, in some namespace. */
export function acts(s: Session | undefined): boolean {
  return !s?.required || s.can.some((v) => v !== 'read')
}
