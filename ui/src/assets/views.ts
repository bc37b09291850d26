// Saved searches of assets, kept by this browser. Pure but for the storage.
import { stringifySearch } from '../search'
import { assetsSearch, type AssetsSearch } from './search'

export type View = { name: string; search: AssetsSearch }
const KEY = 'weir.views'
export const MOST = 30
const LONGEST = 80

/** readViews takes what was kept; what is no list of views is none. */
export function readViews(text: string | null): View[] {
  try {
    const list: unknown = JSON.parse(text ?? '[]')
    if (!Array.isArray(list)) return []
    return list.flatMap((v): View[] => (typeof v?.name === 'string' && typeof v.search === 'object' && v.search !== null ? [{ name: v.name.slice(0, LONGEST), search: assetsSearch(v.search) }] : [])).slice(0, MOST)
  } catch {
    return []
  }
}

/** withView puts a view in front; one of the same name goes. The oldest goes when there are too many. */
export function withView(list: View[], v: View): View[] {
  const name = v.name.trim().slice(0, LONGEST)
  return name === '' ? list : [{ name, search: v.search }, ...list.filter((o) => o.name !== name)].slice(0, MOST)
}

/** asked is what a search asks, however much of the choices is unfolded. */
const asked = (s: AssetsSearch) => stringifySearch({ ...assetsSearch(s), more: undefined })
export const sameSearch = (a: AssetsSearch, b: AssetsSearch) => asked(a) === asked(b)

export function load(): View[] {
  try {
    return readViews(localStorage.getItem(KEY))
  } catch {
    return [] // a browser that keeps nothing
  }
}

/** keep says whether the browser kept it. */
export function keep(list: View[]): boolean {
  try {
    localStorage.setItem(KEY, JSON.stringify(list))
    return true
  } catch {
    return false
  }
}
