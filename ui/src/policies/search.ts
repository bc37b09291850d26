// What the address of the policies holds.
import { oneOf, text, type Raw } from '../search'

export const tabs = ['stands', 'shadow', 'yaml', 'edit', 'versions'] as const
export type PoliciesSearch = { name?: string; tab?: (typeof tabs)[number]; file?: string }
export const policiesSearch = (s: Raw): PoliciesSearch => ({ name: text(s.name), tab: oneOf(s.tab, tabs), file: text(s.file) })
