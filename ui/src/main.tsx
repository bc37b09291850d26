import { StrictMode, useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { Provider } from 'urql'
import { Activity } from './activity'
import { client } from './api'
import { AssetPage } from './asset'
import { Assets } from './assets'
import { connect, useLive, useNow } from './live'
import { go, Link, useLocation } from './router'
import { Today } from './today'
import './styles.css'

const pages: [string, string, string][] = [['/', 'Today', 't'], ['/assets', 'Assets', 'a'], ['/activity', 'Decisions', 'd']]

function App() {
  const { path } = useLocation()
  const [help, setHelp] = useState(false)
  useEffect(connect, [])
  useKeys(() => setHelp((h) => !h), () => setHelp(false))
  return (
    <>
      <header className="top">
        <Link to="/" className="brand"><img src="/icon.svg" alt="" width="22" height="22" /> weir</Link>
        <nav aria-label="Main">{pages.map(([to, label]) => <Link key={to} to={to} aria-current={path === to ? 'page' : undefined}>{label}</Link>)}</nav>
        <LiveState />
        <button className="quiet" onClick={() => setHelp(!help)} aria-expanded={help}>Keys</button>
      </header>
      {help && <Help />}
      {path === '/' ? <Today /> : path === '/assets' ? <Assets /> : path === '/activity' ? <Activity /> : path.startsWith('/a/') ? <AssetPage key={path} id={decodeURIComponent(path.slice(3))} /> : <main><h1>No such page</h1><p><Link to="/">Back to today</Link></p></main>}
    </>
  )
}

/** LiveState says whether what is shown is current. */
function LiveState() {
  const live = useLive()
  const now = useNow(5000)
  if (live.connected) return <span className="live good"><span aria-hidden="true">●</span> live</span>
  const behind = Math.round((now - live.lastAt) / 1000)
  return <span className="live warn" role="status"><span aria-hidden="true">▲</span> {behind > 10 ? `not connected: as of ${new Date(live.lastAt).toLocaleTimeString()}` : 'connecting'}</span>
}

function Help() {
  return (
    <div className="help" role="note">
      {[['/', 'search assets'], ...pages.map(([, label, key]) => [`g ${key}`, label]), ['?', 'show or hide this'], ['Esc', 'close']].map(([k, what]) => <span key={k}><kbd>{k}</kbd> {what}</span>)}
    </div>
  )
}

function useKeys(toggle: () => void, close: () => void) {
  useEffect(() => {
    let g = false
    const on = (e: KeyboardEvent) => {
      const el = e.target as HTMLElement
      if (e.key === 'Escape') return close()
      if (e.metaKey || e.ctrlKey || e.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName)) return
      if (e.key === '/') {
        e.preventDefault()
        go('/assets')
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
