import type { ReactNode } from 'react'

export type Tab = { id: string; title: string; count?: number | null }

/** Tabs shows one of several panels; which one is in the address. */
export function Tabs({ label, tabs, current, onPick, children }: { label: string; tabs: Tab[]; current: string; onPick: (id: string) => void; children: ReactNode }) {
  const step = (by: number) => {
    const i = tabs.findIndex((t) => t.id === current)
    const next = tabs[(i + by + tabs.length) % tabs.length]!
    onPick(next.id)
    document.getElementById(`tab-${next.id}`)?.focus()
  }
  return (
    <>
      <div className="tabs" role="tablist" aria-label={label} onKeyDown={(e) => {
        const by = { ArrowRight: 1, ArrowLeft: -1 }[e.key]
        if (!by) return
        e.preventDefault()
        step(by)
      }}>
        {tabs.map((t) => (
          <button key={t.id} id={`tab-${t.id}`} role="tab" aria-selected={t.id === current} aria-controls={`panel-${t.id}`} tabIndex={t.id === current ? 0 : -1} onClick={() => onPick(t.id)}>
            {t.title}{t.count !== undefined && t.count !== null && <span className="soft"> {t.count}</span>}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`panel-${current}`} aria-labelledby={`tab-${current}`}>{children}</div>
    </>
  )
}
