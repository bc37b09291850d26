// The search part of an address: plain names and texts, so that people can read
// and write it. A name that is given twice is a list.
export type Raw = Record<string, unknown>

export function parseSearch(text: string): Raw {
  const out: Record<string, string | string[]> = {}
  for (const [key, value] of new URLSearchParams(text)) {
    const had = out[key]
    out[key] = had === undefined ? value : [...(Array.isArray(had) ? had : [had]), value]
  }
  return out
}

/** stringifySearch leaves out what says nothing: empty texts, false, empty lists. */
export function stringifySearch(search: Raw): string {
  const out = new URLSearchParams()
  for (const [key, value] of Object.entries(search)) {
    for (const v of Array.isArray(value) ? value : [value]) {
      if (v !== undefined && v !== null && v !== '' && v !== false) out.append(key, v === true ? '1' : String(v))
    }
  }
  const text = out.toString()
  return text ? `?${text}` : ''
}

// Readers for validateSearch: whatever an address says gives a value or nothing.
export const text = (v: unknown): string | undefined => (typeof v === 'string' && v !== '' ? v : Array.isArray(v) ? text(v[0]) : undefined)
/** time is one that can be read. */
export const time = (v: unknown): string | undefined => {
  const s = text(v)
  return s && !Number.isNaN(Date.parse(s)) ? s : undefined
}
export const texts = (v: unknown): string[] | undefined => {
  const all = (Array.isArray(v) ? v : [v]).filter((x): x is string => typeof x === 'string' && x !== '')
  return all.length > 0 ? all : undefined
}
export const flag = (v: unknown): true | undefined => (v === '1' || v === true ? true : undefined)
/** whole is a whole number from low to high. */
export const whole = (v: unknown, low: number, high: number): number | undefined => {
  const n = Number(text(typeof v === 'number' ? String(v) : v))
  return text(typeof v === 'number' ? String(v) : v) !== undefined && Number.isInteger(n) && n >= low && n <= high ? n : undefined
}
export const oneOf = <T extends string>(v: unknown, among: readonly T[]): T | undefined => among.find((x) => x === text(v))
