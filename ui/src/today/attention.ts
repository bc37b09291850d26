// What Today puts first: one row per asset, with why it is there. Pure.
import type { Asset, Decision, LateDataset, Name } from '../api'
import { tail } from '../words'

export type Row = {
  key: string
  /** LATE, AT_RISK, UNKNOWN of the freshness; WAIT or HOLD of a decision. */
  code: string
  asset: Asset | null
  name: Name
  /** Why, without what the chip says. */
  says: string
  /** What the newest decision on it says, when that says more. */
  why: string | null
  owners: string[]
  policy: string | null
  because: Asset | null
  /** Since when, or when it will be late. */
  since: string | null
  lateBy: string | null
  gate: boolean
}

/** waiting keeps the newest decision of each policy on each asset and asker, if it waits. */
export function waiting(decisions: Decision[]): Decision[] {
  const newest = new Map<string, Decision>()
  for (const d of decisions) {
    const key = `${d.policyName}|${place(d.targetName)}|${d.gate}`
    if (!newest.has(key)) newest.set(key, d)
  }
  return [...newest.values()].filter((d) => d.outcome === 'WAIT' || d.outcome === 'HOLD')
}

const place = (n: Name) => `${n.namespace}\n${n.name}`

/** attention joins late datasets (worst first, as the server has them) and waiting decisions. */
export function attention(late: LateDataset[], decisions: Decision[]): Row[] {
  const waits = waiting(decisions)
  const taken = new Set<Decision>()
  const rows = late.map((d): Row => {
    const f = d.freshness
    const mine = (x: Decision) => x.target?.id === d.id && x.policyName === (f.policy?.name ?? null) && !x.gate
    const w = waits.find(mine)
    if (w) taken.add(w)
    const newest = decisions.find(mine)
    const reason = newest?.reasons[0]?.says ?? ''
    const says = f.says.replace(/^late (?=since)/, '')
    return {
      key: d.id, code: f.state, asset: d, name: d.name, says, why: tail(reason) && tail(reason) !== tail(says) ? (w ? reason : tail(reason)) : null,
      owners: owners(d.owners, f.policy?.owner), policy: f.policy?.name ?? null, because: f.because, since: f.deadline ?? w?.at ?? null, lateBy: f.lateBy, gate: false,
    }
  })
  for (const w of waits) {
    if (taken.has(w)) continue
    rows.push({
      key: `${w.policyName}|${place(w.targetName)}|${w.gate}`, code: w.outcome, asset: w.target, name: w.targetName, says: tail(w.reasons[0]?.says ?? ''), why: null,
      owners: owners(w.target?.owners), policy: w.policyName, because: null, since: w.at, lateBy: null, gate: w.gate,
    })
  }
  return rows
}

function owners(of: { name: string }[] | undefined, policy?: string | null): string[] {
  const names = (of ?? []).map((o) => o.name)
  return names.length > 0 ? names : policy ? [policy] : []
}

/** outermost leaves out runs inside a run that is listed too. */
export function outermost<R extends { id: string; parent: { id: string } | null }>(runs: R[]): R[] {
  const ids = new Set(runs.map((r) => r.id))
  return runs.filter((r) => !r.parent || !ids.has(r.parent.id))
}

/** steady gives the rows to show while somebody points at them: none moves, comes or goes; values are new. */
export function steady<R extends { key: string }>(shown: R[], next: R[], held: boolean): { rows: R[]; pending: number } {
  if (!held) return { rows: next, pending: 0 }
  const fresh = new Map(next.map((r) => [r.key, r]))
  const rows = shown.map((r) => fresh.get(r.key) ?? r)
  const old = new Set(shown.map((r) => r.key))
  const pending = next.filter((r) => !old.has(r.key)).length + shown.filter((r) => !fresh.has(r.key)).length
  return { rows, pending }
}
