// The questions that were asked in this browser, the newest first.
const KEY = 'weir.questions'
const MOST = 30
export type Asked = { q: string; v: string; at: number }

/** kept puts a question on top, each once. Pure. */
export const kept = (list: Asked[], one: Asked): Asked[] => [one, ...list.filter((x) => x.q !== one.q || x.v !== one.v)].slice(0, MOST)

export function readHistory(): Asked[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(list) ? list.filter((x): x is Asked => typeof x?.q === 'string' && typeof x.v === 'string') : []
  } catch {
    return []
  }
}

export function writeHistory(list: Asked[]) {
  try {
    localStorage.setItem(KEY, JSON.stringify(list))
  } catch {
    // A browser that keeps nothing, or is full: the page works without.
  }
}
