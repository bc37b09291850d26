// Who leaves with a text that is not in force yet is asked first: in the page by
// a dialog, for another page or a closed window by the browser.
import { useBlocker } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import * as t from '../texts/policies'

/** Leaving asks while something is unsaved; tabs and policies of the same page are no leaving. */
export function Leaving({ unsaved }: { unsaved: boolean }) {
  const { status, proceed, reset } = useBlocker({ shouldBlockFn: ({ current, next }) => unsaved && current.pathname !== next.pathname, enableBeforeUnload: () => unsaved, withResolver: true })
  return status === 'blocked' ? <Asked onStay={reset} onLeave={proceed} /> : null
}

function Asked({ onStay, onLeave }: { onStay: () => void; onLeave: () => void }) {
  const box = useRef<HTMLDialogElement>(null)
  useEffect(() => box.current?.showModal(), [])
  return (
    <dialog className="confirm" ref={box} aria-labelledby="leaving-title" onClose={onStay}>
      <h2 id="leaving-title">{t.leaving.title}</h2>
      <p>{t.leaving.why}</p>
      <div className="buttons"><button onClick={onLeave}>{t.leaving.leave}</button><button className="primary" autoFocus onClick={onStay}>{t.leaving.stay}</button></div>
    </dialog>
  )
}
