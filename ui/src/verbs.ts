// What can be done from here, for the palette: a page adds its own while it is shown.
import { useEffect, useRef, useSyncExternalStore } from 'react'

export type Verb = { what: string; run: () => void }
let groups: { current: Verb[] }[] = []
let known: Verb[] = []
const listeners = new Set<() => void>()

function refresh() {
  known = [...groups].reverse().flatMap((g) => g.current)
  listeners.forEach((l) => l())
}

/** useVerbs offers actions in the palette while the component is shown. */
export function useVerbs(list: Verb[]) {
  const ref = useRef(list)
  ref.current = list
  const listed = list.map((v) => v.what).join('\n')
  useEffect(() => {
    groups = [...groups, ref]
    refresh()
    return () => {
      groups = groups.filter((g) => g !== ref)
      refresh()
    }
  }, [listed])
}

export function useKnownVerbs(): Verb[] {
  return useSyncExternalStore((l) => (listeners.add(l), () => listeners.delete(l)), () => known)
}
