import { useEffect, useRef, useState } from 'react'
import { trouble } from '../errors'
import { Shape } from '../shape'
import * as t from '../texts/impact'
import * as shell from '../texts/shell'
import { says } from './answer'
import type { Change } from './change'
import { ofManifests, ofText, type Pasted } from './pasted'

/** Paste takes changes as text, or as two manifests of a dbt project: first it says what they are, then they are looked at. */
export function Paste({ room, onTake, onClose }: { room: number; onTake: (changes: Change[], missing: string[]) => void; onClose: () => void }) {
  const box = useRef<HTMLDialogElement>(null)
  const [read, setRead] = useState<Pasted | null>(null)
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState<string | null>(null)
  const [way, setWay] = useState<'text' | 'files'>('text')
  useEffect(() => {
    box.current?.showModal()
    box.current?.querySelector('textarea')?.focus() // the browser alone would take the first choice
  }, [])
  const state = useRef(0) // of the form: what was read of an earlier one is not what stands there now
  const look = async (form: FormData) => {
    const of = state.current
    const show = (r: Pasted | null, e: string | null) => {
      if (of !== state.current) return
      setRead(r)
      setWrong(e)
      setBusy(false)
    }
    setBusy(true)
    setWrong(null)
    try {
      const file = (name: string) => form.get(name) as File
      show(way === 'text' ? await ofText(String(form.get('text'))) : await ofManifests(file('old'), file('new'), String(form.get('namespace')).trim()), null)
    } catch (e) {
      show(null, trouble(e as Error).says)
    }
  }
  const anew = () => {
    state.current++
    setRead(null)
    setWrong(null)
    setBusy(false)
  }
  const changes = read?.changes.slice(0, room) ?? []
  const missing = read ? [...read.missing, ...(read.changes.length > room ? [t.paste.rest(read.changes.length - room, way)] : [])] : []
  return (
    <dialog className="confirm paste" ref={box} aria-labelledby="paste-title" onClose={onClose}>
      <form onChange={anew} onSubmit={(e) => {
        e.preventDefault()
        if (changes.length > 0) {
          onTake(changes, missing)
          box.current?.close() // gives the focus back
        } else if (!busy) void look(new FormData(e.currentTarget))
      }}>
        <h2 id="paste-title">{t.paste.title}</h2>
        <fieldset><legend className="soft">{t.paste.way}</legend>{(['text', 'files'] as const).map((w) => <label key={w} className="choice"><input type="radio" name="way" checked={way === w} onChange={() => setWay(w)} /> {t.paste.ways[w]}</label>)}</fieldset>
        {way === 'text' ? (
          <label>{t.paste.text}<textarea name="text" rows={8} required spellCheck={false} placeholder={t.paste.example} /></label>
        ) : (
          <>
            <label>{t.paste.old}<input type="file" name="old" accept=".json,application/json" required /></label>
            <label>{t.paste.fresh}<input type="file" name="new" accept=".json,application/json" required /></label>
            <label>{t.paste.namespace}<input name="namespace" autoComplete="off" spellCheck={false} placeholder={t.paste.namespaceExample} /></label>
            <p className="soft">{t.paste.files}</p>
          </>
        )}
        {wrong && <p className="note bad" role="alert">{wrong}</p>}
        <div role="status" className="read">
          {read && <p>{t.paste.found(changes.length)}</p>}
          {changes.length > 0 && <ul className="rows tight">{changes.map((c, n) => <li key={n}>{says(c)}</li>)}</ul>}
          {missing.length > 0 && <><p><Shape kind="triangle" /> {t.paste.missing(missing.length)}</p><ul className="rows tight">{missing.map((m, n) => <li key={n}><bdi>{m}</bdi></li>)}</ul></>}
        </div>
        <div className="buttons"><button type="button" onClick={() => box.current?.close()}>{shell.deed.cancel}</button><button className="primary" disabled={busy}>{busy ? t.paste.busy : changes.length > 0 ? t.paste.take(changes.length) : t.paste.read}</button></div>
      </form>
    </dialog>
  )
}
