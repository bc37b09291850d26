import { Link, Outlet, useMatches, useRouter, type ErrorComponentProps } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { stillAddress } from './address'
import { place } from './base'
import { ConfirmProvider } from './confirm'
import { copy } from './copyas'
import { useKeys, useKnownKeys } from './keys'
import { connect, useLive, useNow } from './live'
import Palette from './palette/palette'
import { readSession, signOut, useSession } from './session'
import { Shape } from './shape'
import { SignIn } from './signin'
import * as t from './texts/shell'
import { setTheme, theme, themes } from './theme'
import { useVerbs } from './verbs'
import { clock } from './words'

/** usePages are the pages of the navigation, with the key after g. */
export function usePages(): { path: string; title: string; key: string }[] {
  const { routeTree } = useRouter()
  const all = Object.values((routeTree.children ?? {}) as Record<string, { fullPath: string; options: { staticData?: { title?: string; key?: string } } }>)
  return all.flatMap((r) => (r.options.staticData?.key ? [{ path: r.fullPath, title: r.options.staticData.title!, key: r.options.staticData.key }] : []))
}

/** useTitle names the browser's tab. */
export function useTitle(title: string | undefined) {
  useEffect(() => {
    if (title) document.title = `${title} · weir`
  }, [title])
}

/** useBack has Esc lead to where the reader came from; who opened the address by itself is led to a list. */
export function useBack(list: string) {
  const { history, navigate } = useRouter()
  const can = () => (window as { navigation?: { canGoBack: boolean } }).navigation?.canGoBack ?? history.canGoBack() // the router does not know of places in a page
  useKeys([{ keys: 'Escape', what: t.back, run: () => (can() ? history.back() : void navigate({ to: list })) }])
}

/** Frame is what stands around every page. */
export function Frame() {
  const [help, setHelp] = useState(false)
  const [finding, setFinding] = useState(false)
  const pages = usePages()
  const { navigate } = useRouter()
  const session = useSession()
  const shut = session?.required && !session.known
  useEffect(() => {
    void readSession()
    const again = () => void readSession() // roles may have changed while nobody looked
    window.addEventListener('focus', again)
    return () => window.removeEventListener('focus', again)
  }, [])
  useEffect(() => (shut ? undefined : connect()), [shut])
  useTitle(useMatches().at(-1)?.staticData.title)
  const go = (to: string) => void navigate({ to })
  useKeys([
    { keys: '/', what: t.openPalette, run: () => setFinding(true) },
    ...pages.map((p) => ({ keys: `g ${p.key}`, what: t.goTo(p.title), run: () => go(p.path) })),
    { keys: '.', what: t.copyLink, run: () => void copy(stillAddress()) },
    { keys: '?', what: t.toggleHelp, run: () => setHelp((h) => !h) },
  ])
  useEffect(() => {
    const on = (e: KeyboardEvent) => {
      if (e.key.toLowerCase() !== 'k' || !(e.metaKey || e.ctrlKey) || document.querySelector('dialog[open]:modal')) return
      e.preventDefault()
      setFinding(true)
    }
    window.addEventListener('keydown', on)
    return () => window.removeEventListener('keydown', on)
  }, [])
  useVerbs([{ what: t.copyLink, run: () => void copy(stillAddress()) }, { what: t.askGraphQL, run: () => go('/query') }, ...themes.map((name) => ({ what: t.theme[name], run: () => setTheme(name) }))])
  return (
    <ConfirmProvider>
      <button className="jump" onClick={() => document.querySelector<HTMLElement>('main')?.focus()}>{t.toContent}</button>
      <header className="top">
        <Link to="/" className="brand"><img src={place('icon.svg')} alt="" width="22" height="22" /> weir</Link>
        <nav aria-label={t.main}>{pages.map((p) => <Link key={p.path} to={p.path} activeOptions={{ exact: p.path === '/', includeSearch: false }} activeProps={{ 'aria-current': 'page' }} preload="intent">{p.title}</Link>)}</nav>
        <button className="find" onClick={() => setFinding(true)}>{t.find} <kbd>/</kbd></button>
        {!shut && <LiveState />}
        {session?.known && <Who />}
        <ThemeButton />
        <button className="quiet" onClick={() => setHelp(!help)} aria-expanded={help}>{t.keys} <kbd>?</kbd></button>
      </header>
      {help && <Help onClose={() => setHelp(false)} />}
      {!shut && <Banners />}
      {shut ? <SignIn /> : <Outlet />}
      {finding && <Palette onClose={() => setFinding(false)} />}
    </ConfirmProvider>
  )
}

function LiveState() {
  const live = useLive()
  return live.connected ? <span className="live good" title={t.liveWhy}><Shape kind="dot" /> {t.live}</span> : <span className="live warn" title={t.notLiveWhy}><Shape kind="triangle" /> {t.notLive}</span>
}

/** Who is whom weir takes this browser for. */
function Who() {
  const s = useSession()!
  return <span className="who" title={s.grants.map((g) => t.access.roleIn(g.role, g.namespaces)).join('; ')}>{t.access.who(s.name ?? '', s.grants.map((g) => g.role).join(', '))} <button className="quiet" onClick={() => void signOut()}>{t.access.signOut}</button></span>
}

function ThemeButton() {
  const [now, setNow] = useState(theme())
  const next = themes[(themes.indexOf(now) + 1) % themes.length]!
  return <button className="quiet icon" title={t.theme[now]} aria-label={t.theme[now]} onClick={() => (setTheme(next), setNow(next))}><Shape kind={now === 'auto' ? 'half' : now === 'light' ? 'ring' : 'dot'} /></button>
}

/** Banners say that what is shown may be old, or that the page itself is. */
function Banners() {
  const live = useLive()
  const now = useNow(1000)
  const silent = !live.connected && now - live.lastAt > 10_000
  return (
    <>
      {silent && <p className="stale" role="status"><Shape kind="triangle" /> {t.stale} {clock(new Date(live.lastAt).toISOString(), now, true)}; {t.staleAfter}</p>}
      {live.outdated && <p className="stale" role="status"><Shape kind="triangle" /> {t.outdated} <button onClick={() => location.reload()}>{t.reload}</button></p>}
    </>
  )
}

function Help({ onClose }: { onClose: () => void }) {
  useKeys([{ keys: 'Escape', what: t.close, run: onClose }])
  const seen = new Set<string>()
  const keys = useKnownKeys().filter((k) => !seen.has(k.keys) && seen.add(k.keys))
  return <div className="help" role="note" aria-label={t.keys}>{keys.map((k) => <span key={k.keys}><kbd>{k.keys}</kbd> {k.what}</span>)}</div>
}

export function NoPage() {
  return <main id="main" tabIndex={-1}><h1>{t.noPage}</h1><p><Link to="/">{t.backToToday}</Link></p></main>
}

/** Broken stands in for a page that failed, or whose part of the script is gone after an upgrade. */
export function Broken({ error }: ErrorComponentProps) {
  return <main id="main" tabIndex={-1}><h1>{t.broken}</h1><div className="note bad" role="alert"><p>{String((error as Error | undefined)?.message ?? error)}</p><button onClick={() => location.reload()}>{t.reload}</button></div></main>
}
