// What the page makes of a scene, without drawing it. Pure.
import type { Drawable, Scene, SceneEdge } from './queries'
import * as t from '../texts/lineage'
import { status } from '../words'

// As graph/scene has them.
export const WIDTH = 236
export const HEIGHT = 54
export const LINE = 22
export const COLUMN = WIDTH + 72
export const ROW = HEIGHT + 20

export const height = (d: Drawable) => HEIGHT + LINE * (d.columns.length + (d.hiddenColumns > 0 ? 1 : 0))
/** port is at which height the edge of a column ends. */
export const port = (d: Drawable, column: string | null) => {
  const i = column === null ? -1 : d.columns.findIndex((c) => c.name === column)
  return i < 0 ? HEIGHT / 2 : HEIGHT + i * LINE + LINE / 2
}

/** laneHeight is the middle of the gap above a row, as graph/scene has it. */
export const laneHeight = (row: number) => row * ROW - (ROW - HEIGHT) / 2

/** lanePath leads an edge through the gap above a row, so that it runs behind no card that it does not join. */
export function lanePath(x1: number, y1: number, x2: number, y2: number, row: number): string {
  const [y, gap] = [laneHeight(row), COLUMN - WIDTH]
  return `M${x1} ${y1}C${x1 + gap / 2} ${y1} ${x1 + gap / 2} ${y} ${x1 + gap} ${y}H${x2 - gap}C${x2 - gap / 2} ${y} ${x2 - gap / 2} ${y2} ${x2} ${y2}`
}

/** stateOf is the code of a drawable's status; null: nothing is asked of it. */
export function stateOf(d: Pick<Drawable, 'type' | 'freshness' | 'lastRun'>): string | null {
  const f = d.freshness?.state
  if (f && f !== 'NONE' && f !== 'EXEMPT') return f
  return d.type === 'JOB' ? (d.lastRun?.state ?? null) : null
}

export function kindOf(d: Drawable): string {
  if (d.type === 'JOB') return [d.asset?.__typename === 'Job' && d.asset.integration?.toLowerCase(), t.job].filter(Boolean).join(' ')
  return (d.asset?.__typename === 'Dataset' ? d.asset.kind : 'dataset').toLowerCase().replace('_', ' ')
}

/** stateWord is the word for it; of the past weir tells no status. */
export const stateWord = (d: Drawable, past = false) => {
  const s = stateOf(d)
  return s ? status(s).word : d.type === 'JOB' ? (past ? t.node.unknownThen : t.noRun) : kindOf(d)
}

export const placeOf = (d: Drawable) => (d.focus ? t.hop.none : d.distance < 0 ? t.hop.up(-d.distance) : t.hop.down(d.distance))

/** End is what lies beside a drawable, with the policy that declares it where nothing else shows it. */
export type End = { d: Drawable; policy: string | null }

/** endsOf are the other ends of the edges of a drawable, those that close a cycle left out. */
export function endsOf(s: Scene, of: string, near: 'source' | 'target', far: 'source' | 'target'): End[] {
  const edges = s.edges.filter((e) => e[near] === of && !e.back)
  return [...new Set(edges.map((e) => e[far]))].map((key) => {
    const between = edges.filter((e) => e[far] === key)
    return { d: s.drawables.find((x) => x.key === key)!, policy: between.every((e) => e.policy) ? between[0]!.policy : null }
  })
}

const shape = (s: Scene) => [
  ...s.drawables.map((d) => `${d.key} ${d.rank} ${d.row} ${d.hiddenUpstream} ${d.hiddenDownstream} ${d.columns.map((c) => c.name)}${d.bundle?.count ?? ''}`),
  ...s.edges.map((e) => `${e.source} ${e.sourceColumn} ${e.target} ${e.targetColumn} ${e.through} ${e.lane}`),
]

/** differences counts what a newer scene has otherwise, statuses left out. */
export function differences(old: Scene, next: Scene): number {
  if (old === next) return 0
  const [a, b] = [new Set(shape(old)), new Set(shape(next))]
  return [...a].filter((x) => !b.has(x)).length + [...b].filter((x) => !a.has(x)).length
}

/** patched is the old scene with the statuses of the newer one: nothing moves. */
export function patched(old: Scene, next: Scene): Scene {
  const now = new Map(next.drawables.map((d) => [d.key, d]))
  return { ...old, drawables: old.drawables.map((d) => {
    const n = now.get(d.key)
    return n ? { ...d, freshness: n.freshness, lastRun: n.lastRun, bundle: d.bundle && n.bundle ? { ...d.bundle, states: n.bundle.states } : d.bundle } : d
  }) }
}

/** step is what an arrow key leads to from a drawable: along an edge, or up and down its rank. */
export function step(s: Scene, from: Drawable, key: string): Drawable | undefined {
  const near = (list: Drawable[]) => [...list].sort((a, b) => Math.abs(a.row - from.row) - Math.abs(b.row - from.row) || Math.abs(a.rank - from.rank) - Math.abs(b.rank - from.rank))[0]
  const of = (key: string) => s.drawables.find((d) => d.key === key)!
  if (key === 'ArrowRight') return near(s.edges.filter((e) => e.source === from.key).map((e) => of(e.target)))
  if (key === 'ArrowLeft') return near(s.edges.filter((e) => e.target === from.key).map((e) => of(e.source)))
  const rank = s.drawables.filter((d) => d.rank === from.rank).sort((a, b) => a.row - b.row)
  return rank[rank.findIndex((d) => d.key === from.key) + (key === 'ArrowDown' ? 1 : -1)]
}

const spot = (key: string, column: string | null) => `${key}#${column ?? ''}`

/** reached are the columns that one has to do with, on both sides, and the edges between them. */
export function reached(s: Scene, start: string): { spots: Set<string>; edges: Set<SceneEdge> } {
  const edges = new Set<SceneEdge>()
  const spots = new Set([start])
  for (const up of [true, false]) {
    const queue = [start]
    const seen = new Set(queue)
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      for (const e of s.edges) {
        const [near, far] = up ? [spot(e.target, e.targetColumn), spot(e.source, e.sourceColumn)] : [spot(e.source, e.sourceColumn), spot(e.target, e.targetColumn)]
        if (near !== at && near !== spot(at.slice(0, at.indexOf('#')), null)) continue
        edges.add(e)
        spots.add(far)
        if (!seen.has(far)) {
          seen.add(far)
          queue.push(far)
        }
      }
    }
  }
  return { spots, edges }
}

export type Extent = { left: number; right: number; top: number; bottom: number }

/** extent is where drawables lie, in pixels. */
export const extent = (list: readonly Drawable[]): Extent => ({
  left: Math.min(...list.map((d) => d.rank * COLUMN)), right: Math.max(...list.map((d) => d.rank * COLUMN + WIDTH)),
  top: Math.min(...list.map((d) => d.row * ROW)), bottom: Math.max(...list.map((d) => d.row * ROW + height(d))),
})

/** LEGIBLE is the smallest zoom at which names can be read. */
const LEGIBLE = 0.6

/** view is where a picture is looked at from: the whole in the middle, or, where that could not be read, the focus with no room given to where nothing is. */
export function view(e: Extent, room: { width: number; height: number }, focus: { x: number; y: number } | undefined) {
  const fits = Math.min(room.width / (e.right - e.left + 80), room.height / (e.bottom - e.top + 60))
  const zoom = Math.min(1, Math.max(LEGIBLE, fits))
  const along = (low: number, high: number, size: number, pad: number, at: number | undefined) => {
    const half = size / zoom / 2
    const middle = high - low + pad <= 2 * half || at === undefined ? (low + high) / 2 : Math.min(Math.max(at, low - pad / 2 + half), high + pad / 2 - half)
    return size / 2 - middle * zoom
  }
  return { x: along(e.left, e.right, room.width, 80, focus?.x), y: along(e.top, e.bottom, room.height, 60, focus?.y), zoom }
}
