// What the address of the questions holds: the question itself, so that a copied
// address asks the same.
import { text, type Raw } from '../search'

export type AskSearch = { q?: string; v?: string; type?: string }
export const askSearch = (s: Raw): AskSearch => ({ q: text(s.q), v: text(s.v), type: text(s.type) })
