// The evaluated tree of a decision, ordered for reading. Pure.
import type { Flat } from '../api'
import type { Check } from './queries'

type Branch = { node: Flat; children: Branch[] }

function grow(flat: Flat[]): Branch[] {
  const roots: Branch[] = []
  const path: Branch[] = []
  for (const node of flat) {
    const b = { node, children: [] }
    path.length = Math.min(node.depth, path.length)
    const parent = path[path.length - 1]
    if (parent) parent.children.push(b)
    else roots.push(b)
    path.push(b)
  }
  return roots
}

const holds = (b: Branch) => b.node.value === 'TRUE'

/** ordered puts what does not hold before what does, at every level; else the order is kept. */
export function ordered(flat: Flat[]): Flat[] {
  const walk = (list: Branch[]): Flat[] => [...list.filter((b) => !holds(b)), ...list.filter(holds)].flatMap((b) => [b.node, ...walk(b.children)])
  return walk(grow(flat))
}

/** deciding is the first leaf that does not hold: what everything else waits for. */
export function deciding(flat: Flat[]): Flat | null {
  const down = (b: Branch): Flat => {
    const next = b.children.find((c) => !holds(c))
    return next ? down(next) : b.node
  }
  const root = grow(flat)[0]
  const first = root?.children.find((c) => !holds(c))
  return first ? down(first) : null
}

export type Fold = { key: string; name: string; field: string | null; newest: Check; results: Check[] }

/** fold gathers check results, newest first, by what was checked; failures first. */
export function fold(checks: Check[]): Fold[] {
  const by = new Map<string, Fold>()
  for (const c of checks) {
    const key = `${c.name}\n${c.field ?? ''}`
    const f = by.get(key)
    if (f) f.results.push(c)
    else by.set(key, { key, name: c.name, field: c.field, newest: c, results: [c] })
  }
  const failed = (f: Fold) => (f.newest.outcome === 'FAIL' ? 0 : 1)
  return [...by.values()].sort((a, b) => failed(a) - failed(b) || (a.key < b.key ? -1 : 1))
}
