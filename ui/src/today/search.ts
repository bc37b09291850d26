// What the address of Today holds.
import { flag, type Raw } from '../search'

export type TodaySearch = { steps?: true }
export const todaySearch = (s: Raw): TodaySearch => ({ steps: flag(s.steps) })
