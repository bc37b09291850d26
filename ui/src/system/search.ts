// What the address of System holds.
import { text, type Raw } from '../search'

/** event is the position of one that was set aside, beside the list. */
export type SystemSearch = { event?: string }
export const systemSearch = (s: Raw): SystemSearch => ({ event: /^\d{1,19}$/.test(text(s.event) ?? '') ? text(s.event) : undefined })
