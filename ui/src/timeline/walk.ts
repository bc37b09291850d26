// How keys walk along the runs of a chart. Pure.
import type { Piece, Row } from './model'

/** walked is the piece that a key leads to from the one that is chosen; undefined for a key that leads nowhere, null at an end. */
export function walked(rows: Row[], active: string | undefined, key: string): Piece | null | undefined {
  const order = rows.flatMap((r) => r.pieces)
  const i = order.findIndex((p) => p.key === active)
  const row = rows.findIndex((r) => r.pieces.some((p) => p.key === active))
  const first = (r: Row | undefined) => r?.pieces[0]
  const some = (r: Row) => r.pieces.length > 0
  const to: Record<string, () => Piece | undefined> = {
    ArrowRight: () => order[i + 1],
    ArrowLeft: () => order[Math.max(0, i - 1)],
    ArrowDown: () => (i < 0 ? order[0] : first(rows.slice(row + 1).find(some))),
    ArrowUp: () => first(rows.slice(0, Math.max(row, 0)).findLast(some)),
    Home: () => order[0],
    End: () => order.at(-1),
  }
  return to[key] && (to[key]() ?? null)
}
