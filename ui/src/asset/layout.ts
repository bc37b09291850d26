// Rank and slot of lineage nodes: longest path from the left, then barycentre
// passes. Pure and deterministic: the same graph gives the same picture.
export type Placed = { id: string; rank: number; slot: number }
type Edge = { source: string; target: string }

/** back edges (of cycles) do not push ranks apart. */
export function layout(ids: string[], edges: Edge[]): Placed[] {
  const nodes = [...ids].sort()
  const known = new Set(nodes)
  const forward = acyclic(nodes, edges.filter((e) => known.has(e.source) && known.has(e.target) && e.source !== e.target))
  const rank = ranks(nodes, forward)
  const rows = new Map<number, string[]>()
  for (const n of nodes) rows.set(rank.get(n)!, [...(rows.get(rank.get(n)!) ?? []), n])
  const order = [...rows.keys()].sort((a, b) => a - b)
  for (let pass = 0; pass < 4; pass++) sweep(pass % 2 === 0 ? order : [...order].reverse(), rows, forward, pass % 2 === 0)
  return order.flatMap((r) => rows.get(r)!.map((id, slot) => ({ id, rank: r, slot })))
}

function acyclic(nodes: string[], edges: Edge[]): Edge[] {
  const out = new Map<string, Edge[]>()
  for (const e of [...edges].sort((a, b) => (a.source + a.target < b.source + b.target ? -1 : 1))) out.set(e.source, [...(out.get(e.source) ?? []), e])
  const state = new Map<string, number>()
  const keep: Edge[] = []
  const visit = (n: string) => {
    state.set(n, 1)
    for (const e of out.get(n) ?? []) {
      if (state.get(e.target) === 1) continue
      keep.push(e)
      if (!state.has(e.target)) visit(e.target)
    }
    state.set(n, 2)
  }
  const targets = new Set(edges.map((e) => e.target))
  for (const n of [...nodes.filter((n) => !targets.has(n)), ...nodes]) if (!state.has(n)) visit(n)
  return keep
}

function ranks(nodes: string[], edges: Edge[]): Map<string, number> {
  const rank = new Map(nodes.map((n) => [n, 0]))
  for (let i = 0; i < nodes.length; i++) {
    let moved = false
    for (const e of edges) {
      const want = rank.get(e.source)! + 1
      if (rank.get(e.target)! < want) {
        rank.set(e.target, want)
        moved = true
      }
    }
    if (!moved) break
  }
  return rank
}

function sweep(order: number[], rows: Map<number, string[]>, edges: Edge[], down: boolean) {
  const slot = new Map<string, number>()
  for (const row of rows.values()) row.forEach((n, i) => slot.set(n, i))
  for (const r of order) {
    const row = rows.get(r)!
    const weight = (n: string) => {
      const near = edges.filter((e) => (down ? e.target : e.source) === n).map((e) => slot.get(down ? e.source : e.target)!)
      return near.length === 0 ? slot.get(n)! : near.reduce((a, b) => a + b, 0) / near.length
    }
    const by = new Map(row.map((n) => [n, weight(n)]))
    row.sort((a, b) => by.get(a)! - by.get(b)! || (a < b ? -1 : 1))
    row.forEach((n, i) => slot.set(n, i))
  }
}
