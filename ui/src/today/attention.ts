// What of Today is more than drawing. Pure.

/** outermost leaves out runs inside a run that is listed too. */
export function outermost<R extends { id: string; parent: { id: string } | null }>(runs: R[]): R[] {
  const ids = new Set(runs.map((r) => r.id))
  return runs.filter((r) => !r.parent || !ids.has(r.parent.id))
}

export type Steady<R> = { rows: { row: R; over: boolean }[]; fresh: number; over: number }

/** steady gives the rows to show so that none moves, comes or goes by itself: values are new, what is over stays and says so, what is new is counted. */
export function steady<R extends { id: string }>(shown: R[], next: R[]): Steady<R> {
  const now = new Map(next.map((r) => [r.id, r]))
  const rows = shown.map((r) => ({ row: now.get(r.id) ?? r, over: !now.has(r.id) }))
  const old = new Set(shown.map((r) => r.id))
  return { rows, fresh: next.filter((r) => !old.has(r.id)).length, over: rows.filter((r) => r.over).length }
}
