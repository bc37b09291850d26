import { useEffect, useRef, useState } from 'react'
import * as t from '../texts/assets'

/** While an answer is awaited, the next question waits for a hand that rests so long. */
const SETTLE = 40

/** SearchBox asks with the first letter at once, and with each further one as soon as no answer is awaited or the hand rests; a newer question ends the older. */
export function SearchBox({ q, busy, onChange }: { q: string; busy: boolean; onChange: (text: string) => void }) {
  const [text, setText] = useState(q)
  const sent = useRef(q)
  useEffect(() => {
    if (q === sent.current) return // our own words come back
    sent.current = q
    setText(q)
  }, [q])
  useEffect(() => {
    const next = text.trim()
    if (next === sent.current) return
    const go = () => {
      sent.current = next
      onChange(next)
    }
    if (!busy) return go()
    const wait = window.setTimeout(go, SETTLE)
    return () => window.clearTimeout(wait)
    // eslint-disable-next-line react-hooks/exhaustive-deps -- onChange is made anew with each drawing
  }, [text, busy])
  return (
    <input id="search" type="search" autoFocus placeholder={t.placeholder} aria-label={t.label} autoComplete="off" spellCheck={false} maxLength={500} value={text} onChange={(e) => setText(e.target.value)}
      onKeyDown={(e) => {
        if (e.key === 'ArrowDown') {
          e.preventDefault()
          const grid = document.querySelector<HTMLElement>('.grid')
          grid?.focus()
          grid?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }))
        } else if (e.key === 'Escape') e.currentTarget.blur()
      }} />
  )
}
