// The commands that do what a dialog does, as its form stands. Pure.
import { quoted } from './forms'

/** unsaid stands where something has still to be said. */
export const unsaid = '…'
type Flags = Readonly<Record<string, string | number | boolean | null | undefined>>

/** order is a verb on something with what the form says: what is not said is left out, and why it is done stands last. */
export function order(verb: string, on: readonly string[], reason: string | null, flags: Flags = {}): string {
  const said = Object.entries(flags).flatMap(([name, v]) => (v === true ? [`--${name}`] : v === '' || v === false || v === null || v === undefined ? [] : [`--${name}`, word(String(v))]))
  return ['weir', verb, ...on.map(word), ...said, ...(reason === null ? [] : ['--reason', quoted(reason || unsaid)])].join(' ')
}

/** word is one word of a shell: bare where that is the same. */
const word = (text: string) => (/^[\w./:@%+-]+$/.test(text) || text === unsaid ? text : quoted(text))

/** dlqOrder names every event that it is about. */
export const dlqOrder = (drop: boolean, positions: readonly string[]) => order(`dlq ${drop ? 'drop' : 'replay'}`, positions, null)
