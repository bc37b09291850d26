// What a person does to the company from here: said in full before, and with
// the id of what weir wrote down after.
import { createContext, useCallback, useContext, useEffect, useRef, useState, type ReactNode } from 'react'
import type { AnyVariables, TypedDocumentNode } from 'urql'
import { client } from './api'
import { place } from './base'
import { Copy } from './copyas'
import { trouble, type Trouble } from './errors'
import { Preview, useForeseen } from './preview/preview'
import type { Of } from './preview/queries'
import { lacks, useSession, type Need } from './session'
import { Shape } from './shape'
import * as t from './texts/shell'

export type Done = {
  /** What was recorded, in a sentence. */
  says: string
  /** The id of the decision, action or statement. */
  id: string
  /** Where it can be looked at. */
  link?: string
  /** The journal position from which readers see it. */
  position?: string
}
export type Deed = {
  /** What weir is asked, and where: who lacks the role for it finds the button dead. */
  needs: Need
  /** The verb, as on the button: Run now. */
  title: string
  /** The tool that will do it; none when weir only writes it down. */
  tool?: string | null
  /** On what, by its full name. */
  target: string
  /** What will be different after, in a sentence. */
  effect: string
  /** Takes something from others: the name has to be typed. */
  danger?: boolean
  /** What has to be typed then, where the target is a list; else the target. */
  type?: string
  /** Asks why, for those who find it. */
  reason?: boolean
  /** The same by command, as the form stands and with the reason that is typed. */
  command?: string | ((fields: FormData, reason: string) => string)
  /** Inputs of its own, each with a name: go is given what they hold. */
  fields?: ReactNode
  /** Why it cannot be done now: the button says so and stays dead. */
  refused?: string | null
  go: (reason: string, fields: FormData) => Promise<Done>
  /** What weir is asked to look at before: its answer stands above the button. A text says what is still to be said; the reason may be any. */
  preview?: (fields: FormData, reason: string) => Of | string
  /** Reads first what it has to say before; what that gives stands in its place. */
  before?: () => Promise<Partial<Deed>>
}

const Ask = createContext<(deed: Deed) => void>(() => {})

/** useConfirm gives what asks a person before a deed is done. */
export function useConfirm() {
  return useContext(Ask)
}

/** useRefusal says why a deed cannot be done, or null. */
export function useRefusal(deed: Pick<Deed, 'needs' | 'refused'>): string | null {
  const session = useSession()
  return deed.refused || lacks(session, deed.needs)
}

/** change sends a mutation and gives its payload; an error is thrown. */
export async function change<D, V extends AnyVariables>(mutation: TypedDocumentNode<D, V>, variables: V): Promise<D> {
  const r = await client.mutation(mutation, variables).toPromise()
  if (r.error) throw r.error
  if (!r.data) throw new Error(t.noPayload)
  return r.data
}

export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [deed, setDeed] = useState<Deed | null>(null)
  const ask = useCallback((d: Deed) => {
    if (d.before) void d.before().then((more) => setDeed({ ...d, ...more }))
    else setDeed(d)
  }, [])
  return <Ask value={ask}>{children}{deed && <Dialog key={deed.title + deed.target} deed={deed} onClose={() => setDeed(null)} />}</Ask>
}

/** seen waits until readers see a position; false when they do not yet after 10 s. */
async function seen(position: string | undefined): Promise<boolean> {
  if (!position) return true
  try {
    const r = await fetch(place('graphql'), { method: 'POST', headers: { 'content-type': 'application/json', 'Weir-Min-Position': position, 'Weir-Wait': '10s' }, body: '{"query":"{ system { position } }"}' })
    return r.ok && !((await r.json()) as { errors?: unknown }).errors
  } catch {
    return false // It is written down all the same; the page says when weir does not answer.
  }
}

/** long is a command that is scrolled: keys have to reach it. */
const long = 300

function Dialog({ deed, onClose }: { deed: Deed; onClose: () => void }) {
  const box = useRef<HTMLDialogElement>(null)
  const [reason, setReason] = useState('')
  const [typed, setTyped] = useState('')
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState<Trouble | null>(null)
  const [waiting, setWaiting] = useState<Done | null>(null)
  const [done, setDone] = useState<(Done & { unseen: boolean }) | null>(null)
  const [asks, setAsks] = useState<Of | string | null>(null)
  const form = useRef<HTMLFormElement>(null)
  const [said, setSaid] = useState<FormData | null>(null) // not read before its fields are there
  const command = typeof deed.command === 'function' ? said && deed.command(said, reason.trim()) : deed.command
  const look = () => {
    const now = form.current ? new FormData(form.current) : new FormData()
    setSaid(now)
    setAsks(deed.preview ? deed.preview(now, t.foreseen.reason) : null)
  }
  useEffect(() => {
    look()
    box.current?.showModal()
    // What has to be said first: the browser alone would take whatever stands first.
    box.current?.querySelector<HTMLElement>(':required:invalid')?.focus()
  }, [])
  const refused = useRefusal(deed)
  const name = deed.type ?? deed.target
  const told = useForeseen(typeof asks === 'string' || refused ? null : asks)
  const unseen = typeof asks === 'string' || Boolean(told.what?.refused) || told.busy // also while what is shown is of what was said before
  const dead = busy || Boolean(refused) || unseen || (deed.reason && reason.trim() === '') || (deed.danger && typed !== name && typed.trim() !== name)
  const go = async (fields: FormData) => {
    setBusy(true)
    setWrong(null)
    try {
      const recorded = await deed.go(reason.trim(), fields)
      setWaiting(recorded)
      setDone({ ...recorded, unseen: !(await seen(recorded.position)) })
      setWaiting(null)
    } catch (e) {
      setWrong(trouble(e as Error))
    }
    setBusy(false)
  }
  return (
    <dialog className="confirm" ref={box} aria-labelledby="confirm-title" onClose={onClose} onCancel={(e) => busy && e.preventDefault()}>
      <form ref={form} onChange={look} onSubmit={(e) => {
        e.preventDefault()
        if (done) box.current?.close()
        else if (!dead) void go(new FormData(e.currentTarget))
      }}>
        <h2 id="confirm-title">{deed.title}</h2>
        <dl>
          <dt>{t.deed.target}</dt><dd className="name">{deed.target}</dd>
          <dt>{t.deed.tool}</dt><dd>{deed.tool ?? t.deed.noTool}</dd>
          <dt>{t.deed.effect}</dt><dd>{deed.effect}</dd>
        </dl>
        {!done && <>
          {deed.fields}
          {deed.reason && <label>{t.deed.why}<input value={reason} maxLength={500} required onChange={(e) => setReason(e.target.value)} /></label>}
          {deed.danger && <label>{t.deed.type(name)}<input value={typed} autoComplete="off" spellCheck={false} onChange={(e) => setTyped(e.target.value)} /></label>}
          {command && <p className="line soft"><code className="command" tabIndex={command.length > long ? 0 : undefined}>{command}</code><Copy text={command} label={t.copy} /></p>}
          {deed.preview && !refused && <Preview told={told} missing={typeof asks === 'string' ? asks : null} />}
          {refused && <p className="note warn"><Shape kind="slash" /> {refused}</p>}
        </>}
        {wrong && <div className="note bad" role="alert"><div><p>{wrong.says}</p>{wrong.hint && <p>{wrong.hint}</p>}{wrong.id && <p className="id">{t.requestId} <code>{wrong.id}</code></p>}</div></div>}
        {waiting && !done && <p className="note" role="status">{t.deed.waits(waiting.id, waiting.position ?? '')}</p>}
        {done && (
          <div className="note good" role="status">
            <p><Shape kind="check" /> {done.says}</p>
            <p className="id">{done.link ? <a href={done.link}><code>{done.id}</code></a> : <code>{done.id}</code>} <Copy text={done.id} label={t.copy} />{done.position && <> {t.deed.position(done.position)}{done.unseen && <>: {t.deed.unseen}</>}</>}</p>
          </div>
        )}
        <div className="buttons">
          {done ? <button key="close" autoFocus>{t.close}</button> : <><button type="button" onClick={() => box.current?.close()} disabled={busy}>{t.deed.cancel}</button><button className={deed.danger ? 'danger' : 'primary'} disabled={dead}>{busy ? t.deed.busy : deed.title}</button></>}
        </div>
      </form>
    </dialog>
  )
}
