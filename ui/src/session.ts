// Who asks. While weir asks nobody, required is false and all may do all.
import { useSyncExternalStore } from 'react'
import { place } from './base'
import * as t from './texts/shell'

type Grant = { role: string; namespaces: string[] }
/** Session is whom weir takes this browser for; everywhere is what they may do in every namespace, mutations says which roles are enough for each, and whether they are needed in every namespace. */
export type Session = { required: boolean; known: boolean; name?: string; grants: Grant[]; everywhere: string[]; mutations: Record<string, { roles: string[]; everywhere: boolean }> }

let session: Session | undefined
const listeners = new Set<() => void>()

function set(next: Session) {
  session = next
  listeners.forEach((l) => l())
}

const nobody: Session = { required: true, known: false, grants: [], everywhere: [], mutations: {} }

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

/** administers: weir shows them keys and how it was set. It asks again itself. */
export const administers = (s: Session) => !s.required || s.everywhere.includes('admin')

/** operates: weir looks at itself for them. It asks again itself. */
export const operates = (s: Session) => !s.required || s.everywhere.includes('act')

/** EVERYWHERE is the place of what lies in no one namespace. */
export const EVERYWHERE = '*'

/** Need is a mutation, and the namespace of what it is about; left out where weir alone knows that. */
export type Need = { mutation: string; in?: string }

/** lacks says which role is missing for a mutation, or null. It spares a click: weir decides by itself what is done. */
export function lacks(s: Session | undefined, need: Need): string | null {
  const deed = s?.required ? s.mutations[need.mutation] : undefined
  if (!s || !deed) return null
  const where = deed.everywhere ? EVERYWHERE : need.in
  if (s.grants.some((g) => deed.roles.includes(g.role) && covers(g, where))) return null
  return t.access.needs(deed.roles, where === EVERYWHERE ? t.access.everywhere : where && t.access.inNamespace(where), s.name ?? '', s.grants.map((g) => t.access.roleIn(g.role, g.namespaces)))
}

function covers(g: Grant, where: string | undefined): boolean {
  if (where === undefined) return true
  return g.namespaces.some((glob) => (where === EVERYWHERE ? glob === EVERYWHERE : matchGlob(glob, where)))
}

/** matchGlob takes * for any run of characters and everything else as it stands, as weir does. */
function matchGlob(glob: string, text: string): boolean {
  return new RegExp(`^${glob.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')).join('[^]*')}$`).test(text)
}
