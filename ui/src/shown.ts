// What components bring along while they are shown: keys, verbs. The newest
// group comes first: a page's before the frame's.
import { useEffect, useRef, useSyncExternalStore } from 'react'

/** shown keeps such things; nameOf says when a component brings others than before. */
export function shown<T>(nameOf: (one: T) => string) {
  let groups: { current: T[] }[] = []
  let known: T[] = []
  const listeners = new Set<() => void>()
  /** all are those of now, as their components have them. */
  const all = () => [...groups].reverse().flatMap((g) => g.current)
  const change = (next: typeof groups) => {
    groups = next
    known = all()
    listeners.forEach((l) => l())
  }
  /** useOffer brings a list along while the component is shown. */
  function useOffer(list: T[]) {
    const ref = useRef(list)
    ref.current = list
    const names = list.map(nameOf).join('\n')
    useEffect(() => {
      change([...groups, ref])
      return () => change(groups.filter((g) => g !== ref))
    }, [names])
  }
  const useKnown = () => useSyncExternalStore((l) => (listeners.add(l), () => listeners.delete(l)), () => known)
  return { all, useOffer, useKnown }
}
