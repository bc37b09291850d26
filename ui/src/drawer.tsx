import { useEffect, useRef, type ReactNode } from 'react'
import * as t from './texts/shell'

/** Drawer shows one thing beside the page, which stays in use. Esc closes it and gives the focus back. */
export function Drawer({ title, onClose, children }: { title: ReactNode; onClose: () => void; children: ReactNode }) {
  const box = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const before = document.activeElement
    const dialog = box.current
    dialog?.show()
    return () => {
      dialog?.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <dialog className="drawer" ref={box} aria-labelledby="drawer-title" onKeyDown={(e) => {
      if (e.key !== 'Escape') return
      e.stopPropagation()
      onClose()
    }}>
      <header><h2 id="drawer-title">{title}</h2><button className="quiet" onClick={onClose}>{t.close} <kbd>Esc</kbd></button></header>
      {children}
    </dialog>
  )
}
