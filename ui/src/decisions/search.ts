// What the addresses of the ledger hold: a span that moves with the time (since),
// or times that stand (from, to).
import { oneOf, text, texts, time, type Raw } from '../search'

export const outcomes = ['RUN', 'WAIT', 'HOLD', 'SKIP', 'DENY', 'NOTHING'] as const
export const modes = ['OBSERVE', 'SHADOW', 'GATE', 'ACT', 'ACT_CANCEL'] as const
export const among = ['open', 'asked', 'failed'] as const
export const spans = ['1h', '24h', '7d'] as const
export type LedgerSearch = { tab?: 'actions'; outcome?: string[]; mode?: (typeof modes)[number]; policy?: string; target?: string; state?: (typeof among)[number]; since?: (typeof spans)[number]; from?: string; to?: string }

export const ledgerSearch = (s: Raw): LedgerSearch => ({
  tab: oneOf(s.tab, ['actions'] as const), outcome: texts(s.outcome)?.filter((x) => outcomes.some((o) => o === x)), mode: oneOf(s.mode, modes), policy: text(s.policy), target: text(s.target), state: oneOf(s.state, among), since: oneOf(s.since, spans), from: time(s.from), to: time(s.to),
})

/** boundsOf are the times that a question is about, as the server reads them; an address may have them as people write them. */
export const boundsOf = (s: LedgerSearch, now: number) => ({ since: s.from ? new Date(s.from).toISOString() : sinceOf(s.since, now), until: s.to ? new Date(s.to).toISOString() : null })

const hours = { '1h': 1, '24h': 24, '7d': 168 } as const

/** sinceOf is the beginning of a span as a time, to the minute so that a question stays the same for as long. */
export function sinceOf(span: LedgerSearch['since'], now: number): string | null {
  return span ? new Date(Math.floor(now / 60_000) * 60_000 - hours[span] * 3_600_000).toISOString() : null
}

/** wrong are the states of an action that somebody has to look at. */
export const wrong = ['FAILED', 'REFUSED', 'LOST', 'EXPIRED', 'AMBIGUOUS'] as const
