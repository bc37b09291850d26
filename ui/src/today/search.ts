// What the address of Today holds.
import { flag, type Raw } from '../search'

export type TodaySearch = {
  steps?: true
  /** All assets that a cause keeps are listed, not the first few. */
  all?: true
}
export const todaySearch = (s: Raw): TodaySearch => ({ steps: flag(s.steps), all: flag(s.all) })
