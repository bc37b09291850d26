import { expect, test } from 'vitest'
import type { Drawable, Scene, SceneEdge } from './queries'
import { COLUMN, differences, endsOf, extent, laneHeight, lanePath, patched, reached, ROW, stateWord, step, view, WIDTH } from './scene'
import { lineageSearch, question } from './search'
import { stepped } from './times'

const drawable = (key: string, rank: number, row: number, more: Partial<Drawable> = {}): Drawable => ({
  key, id: key, type: 'DATASET', name: { namespace: 'ns', name: key }, freshness: null, lastRun: null, focus: false, distance: rank, rank, row, span: 1, hiddenUpstream: 0, hiddenDownstream: 0,
  selfLoop: false, columns: [], hiddenColumns: 0, ways: [], bundle: null, asset: null, ...more,
})
const edge = (source: string, target: string, sourceColumn: string | null = null, targetColumn: string | null = null): SceneEdge => ({ source, target, sourceColumn, targetColumn, type: 'DERIVES', origin: 'OBSERVED', policy: null, validFrom: null, through: 0, back: false, lane: null, transformation: null })
const scene = (drawables: Drawable[], edges: SceneEdge[]): Scene => ({ drawables, edges, ways: [], complete: true, cut: null, deniedByRole: 0, asOf: '2026-03-01T00:00:00Z', position: '1', marks: [] })

const small = scene([drawable('a', -1, 0), drawable('b', 0, 0), drawable('c', 1, -1), drawable('d', 1, 3)], [edge('a', 'b'), edge('b', 'c'), edge('b', 'd')])

test('arrows go along the edges, the nearest first, and up and down a rank', () => {
  const at = (key: string) => small.drawables.find((d) => d.key === key)!
  expect(step(small, at('a'), 'ArrowRight')?.key).toBe('b')
  expect(step(small, at('b'), 'ArrowRight')?.key).toBe('c')
  expect(step(small, at('c'), 'ArrowDown')?.key).toBe('d')
  expect(step(small, at('d'), 'ArrowDown')).toBeUndefined()
  expect(step(small, at('d'), 'ArrowLeft')?.key).toBe('b')
})

test('an end says which policy declares it, unless an edge beside it is seen', () => {
  const declared = { ...edge('a', 'b'), policy: 'mart' }
  const says = (edges: SceneEdge[]) => endsOf(scene(small.drawables, edges), 'b', 'target', 'source').map((e) => [e.d.key, e.policy])
  expect(says([declared, edge('c', 'b')])).toEqual([['a', 'mart'], ['c', null]])
  expect(says([declared, edge('a', 'b')])).toEqual([['a', null]])
})

test('a picture that fits stands in the middle; of another the focus is seen, and no room is given to where nothing is', () => {
  const room = { width: 1000, height: 500 }
  const seen = (x: number, v: { x: number; zoom: number }) => x * v.zoom + v.x
  const whole = view(extent(small.drawables), room, { x: 0, y: 0 })
  expect([seen(-COLUMN, whole), seen(COLUMN + WIDTH, whole)].map(Math.round)).toEqual([74, 926])
  const chain = Array.from({ length: 12 }, (_, i) => drawable(`c${i}`, i - 1, 0))
  const at = view(extent(chain), room, { x: WIDTH / 2, y: 27 })
  expect(at.zoom).toBe(0.6)
  expect(seen(-COLUMN, at)).toBeCloseTo(24)
  const middle = view(extent(chain), room, { x: 5 * COLUMN + WIDTH / 2, y: 27 })
  expect(seen(5 * COLUMN + WIDTH / 2, middle)).toBeCloseTo(500)
  const end = view(extent(chain), room, { x: 10 * COLUMN + WIDTH / 2, y: 27 })
  expect(seen(10 * COLUMN + WIDTH, end)).toBeCloseTo(1000 - 24)
})

test('a lane lies between two rows, and its edge runs level along it', () => {
  expect(laneHeight(1)).toBeGreaterThan(54)
  expect(laneHeight(1)).toBeLessThan(ROW)
  expect(lanePath(236, 27, 1232, 101, 2)).toBe('M236 27C272 27 272 138 308 138H1160C1196 138 1196 101 1232 101')
})

test('a status is no difference and is taken over; what moves is one and is not', () => {
  const late = { state: 'LATE', says: 'late' } as Drawable['freshness']
  const next = scene(small.drawables.map((d) => (d.key === 'b' ? { ...d, freshness: late } : d)), small.edges)
  expect(differences(small, next)).toBe(0)
  const moved = scene([...next.drawables.slice(0, 3), drawable('d', 1, 4), drawable('e', 2, 0)], next.edges)
  expect(differences(small, moved)).toBe(3)
  const kept = patched(small, moved)
  expect(kept.drawables.map((d) => [d.key, d.row])).toEqual(small.drawables.map((d) => [d.key, d.row]))
  expect(kept.drawables[1]!.freshness).toBe(late)
})

test('a column has to do with what it is made of and what is made of it, and not with its neighbours', () => {
  const s = scene([drawable('a', -1, 0), drawable('b', 0, 0), drawable('c', 1, 0)], [edge('a', 'b', 'x', 'x'), edge('a', 'b', 'y', 'y'), edge('b', 'c', 'x', 'z')])
  expect([...reached(s, 'b#x').spots].sort()).toEqual(['a#x', 'b#x', 'c#z'])
  expect(reached(s, 'a#y').edges.size).toBe(1)
})

test('an address that says nonsense asks for something sensible', () => {
  const s = lineageSearch({ focus: 'a', up: '999', down: '2', band: 'NOTHING', asOf: 'yesterday', x: ['u-a', 'q-b'], way: '-1' })
  expect(s).toMatchObject({ focus: ['a'], up: undefined, down: 2, band: undefined, asOf: undefined, x: ['u-a'], way: undefined })
  expect(question(s)).toMatchObject({ up: 1, down: 2, limit: 500, band: 'ASSET', expand: [{ id: 'a', side: 'UPSTREAM' }] })
  expect(question({ focus: ['a'] }).limit).toBe(40)
})

test('time steps from change to change, and from the last to now', () => {
  const marks = ['2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z']
  expect(stepped({ marks, asOf: undefined }, -1)).toBe(marks[1])
  expect(stepped({ marks, asOf: marks[1] }, -1)).toBe(marks[0])
  expect(stepped({ marks, asOf: marks[0] }, 1)).toBe(marks[1])
  expect(stepped({ marks, asOf: marks[1] }, 1)).toBeUndefined()
  expect(stepped({ marks, asOf: '2026-03-01T12:00:00Z' }, -1)).toBe(marks[0])
})

test('of the past nothing is said of runs', () => {
  const job = drawable('j', 0, 0, { type: 'JOB' })
  expect([stateWord(job), stateWord(job, true)]).toEqual(['no run seen', 'not kept for the past'])
})
