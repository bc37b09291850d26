import { useSyncExternalStore, type AnchorHTMLAttributes } from 'react'

// The URL is the state: a copied address shows the same thing.
const listeners = new Set<() => void>()
const notify = () => listeners.forEach((l) => l())
window.addEventListener('popstate', notify)

export function go(to: string, replace = false) {
  if (to === location.pathname + location.search) return
  if (replace) history.replaceState(null, '', to)
  else history.pushState(null, '', to)
  notify()
  if (!replace) window.scrollTo(0, 0)
}

function subscribe(l: () => void) {
  listeners.add(l)
  return () => listeners.delete(l)
}

export function useLocation(): { path: string; query: URLSearchParams } {
  const url = useSyncExternalStore(subscribe, () => location.pathname + location.search)
  const u = new URL(url, location.origin)
  return { path: u.pathname, query: u.searchParams }
}

export function Link({ to, ...rest }: { to: string } & AnchorHTMLAttributes<HTMLAnchorElement>) {
  return (
    <a
      href={to}
      {...rest}
      onClick={(e) => {
        if (e.metaKey || e.ctrlKey || e.shiftKey || e.button !== 0) return
        e.preventDefault()
        go(to)
      }}
    />
  )
}
