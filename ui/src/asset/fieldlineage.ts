// Which columns a column comes from and goes to. Pure.
export type Beside = { id: string; name: string; field: string }
type Lineage = {
  nodes: { id: string; field: string | null; asset: { id: string; name: { name: string } } | null }[]
  edges: { source: string; target: string; sourceField: string | null; targetField: string | null }[]
}

/** beside gathers by column of the asset what lies one step up and down; edges name nodes or assets. */
export function beside(asset: string, l: Lineage | undefined): Map<string, { from: Beside[]; to: Beside[] }> {
  const out = new Map<string, { from: Beside[]; to: Beside[] }>()
  const nodes = new Map((l?.nodes ?? []).flatMap((n) => (n.asset && n.field ? [[n.id, n], [`${n.asset.id}#${n.field}`, n]] as const : [])))
  const find = (id: string, field: string | null) => nodes.get(`${id}#${field}`) ?? nodes.get(id)
  const at = (field: string) => {
    const had = out.get(field) ?? { from: [], to: [] }
    out.set(field, had)
    return had
  }
  const add = (list: Beside[], n: NonNullable<ReturnType<typeof find>>) => {
    if (!list.some((b) => b.id === n.asset!.id && b.field === n.field)) list.push({ id: n.asset!.id, name: n.asset!.name.name, field: n.field! })
  }
  for (const e of l?.edges ?? []) {
    const [from, to] = [find(e.source, e.sourceField), find(e.target, e.targetField)]
    if (!from || !to) continue
    if (to.asset!.id === asset) add(at(to.field!).from, from)
    if (from.asset!.id === asset) add(at(from.field!).to, to)
  }
  return out
}
