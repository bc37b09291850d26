import { StrictMode, useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { Provider } from 'urql'
import { Activity } from './activity'
import { client } from './api'
import { AssetPage } from './asset'
import { Assets } from './assets'
import { connect, useLive, useNow } from './live'
import { go, Link, useLocation } from './router'
import { Shape } from './shape'
import { Today } from './today'
import { clock } from './words'
import './styles.css'

const pages: [path: string, title: string, key: string][] = [['/', 'Today', 't'], ['/assets', 'Assets', 'a'], ['/activity', 'Decisions', 'd']]

function App() {
  const { path } = useLocation()
  const [help, setHelp] = useState(false)
  useEffect(connect, [])
  useKeys(() => setHelp((h) => !h), () => setHelp(false))
  const title = pages.find(([to]) => to === path)?.[1]
  useEffect(() => {
    if (title) document.title = `${title} · weir`
  }, [title])
  return (
    <>
      <a className="jump" href="#main">To the content</a>
      <header className="top">
        <Link to="/" className="brand"><img src="/icon.svg" alt="" width="22" height="22" /> weir</Link>
        <nav aria-label="Main">{pages.map(([to, label]) => <Link key={to} to={to} aria-current={path === to ? 'page' : undefined}>{label}</Link>)}</nav>
        <LiveState />
        <button className="quiet" onClick={() => setHelp(!help)} aria-expanded={help}>Keys <kbd>?</kbd></button>
      </header>
      {help && <Help />}
      <Stale />
      <Page path={path} />
    </>
  )
}

function Page({ path }: { path: string }) {
  if (path === '/') return <Today />
  if (path === '/assets') return <Assets />
  if (path === '/activity') return <Activity />
  if (path.startsWith('/a/')) return <AssetPage key={path} id={decodeURIComponent(path.slice(3))} />
  return <main id="main"><h1>No such page</h1><p><Link to="/">Back to today</Link></p></main>
}

function LiveState() {
  const live = useLive()
  return live.connected ? <span className="live good"><Shape kind="dot" /> live</span> : <span className="live warn"><Shape kind="triangle" /> not live</span>
}

/** Stale says that what is shown may be old, once weir has been silent too long. */
function Stale() {
  const live = useLive()
  const now = useNow(1000)
  if (live.connected || now - live.lastAt < 10_000) return null
  return <p className="stale" role="status"><Shape kind="triangle" /> weir does not answer. This is as of {clock(new Date(live.lastAt).toISOString(), now, true)}; it will be read again when weir is back.</p>
}

function Help() {
  const keys: [string, string][] = [['/', 'search assets'], ...pages.map(([, label, key]): [string, string] => [`g ${key}`, label]), ['?', 'show or hide this'], ['Esc', 'close, or leave the search']]
  return <div className="help" role="note" aria-label="Keys">{keys.map(([k, what]) => <span key={k}><kbd>{k}</kbd> {what}</span>)}</div>
}

function useKeys(toggle: () => void, close: () => void) {
  useEffect(() => {
    let g = false
    const on = (e: KeyboardEvent) => {
      const el = e.target as HTMLElement
      if (e.key === 'Escape') {
        el.blur()
        return close()
      }
      if (e.metaKey || e.ctrlKey || e.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName)) return
      if (e.key === '/') {
        e.preventDefault()
        if (location.pathname !== '/assets') go('/assets')
        window.setTimeout(() => document.getElementById('search')?.focus(), 30)
      } else if (e.key === '?') toggle()
      else if (g) {
        const page = pages.find(([, , k]) => k === e.key)
        if (page) go(page[0])
      }
      g = e.key === 'g'
    }
    window.addEventListener('keydown', on)
    return () => window.removeEventListener('keydown', on)
  }, [toggle, close])
}

createRoot(document.getElementById('root')!).render(<StrictMode><Provider value={client}><App /></Provider></StrictMode>)
