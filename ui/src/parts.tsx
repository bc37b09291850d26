import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useQuery, type AnyVariables, type TypedDocumentNode } from 'urql'
import type { Action, Asset, Name } from './api'
import { useLive } from './live'
import { Link } from './router'
import { AssetIcon, Shape } from './shape'
import { ago, clock, parts, short, status, tail } from './words'

/** Chip shows a status by shape, word and colour. */
export function Chip({ code, word }: { code: string; word?: string }) {
  const s = status(code)
  return <span className={`chip ${s.tone}`}><Shape kind={s.shape} />{word ?? s.word}</span>
}

export type Answer<D> = { data: D | undefined; error: Error | undefined; loading: boolean; again: () => void }

/** useLiveQuery reads again when something it is about changed; what it has stays until then, also over an error. */
export function useLiveQuery<D, V extends AnyVariables>(query: TypedDocumentNode<D, V>, variables: V, about?: string): Answer<D> {
  const live = useLive()
  const [result, ask] = useQuery<D, V>({ query, variables } as never)
  const kept = useRef<{ for: string; data: D | undefined }>({ for: '', data: undefined })
  const key = JSON.stringify(variables)
  if (kept.current.for !== key) kept.current = { for: key, data: undefined }
  if (result.data && !result.stale) kept.current.data = result.data
  const { version, touched } = live
  useEffect(() => {
    if (version > 0 && (!about || !touched || touched.has(about))) ask({ requestPolicy: 'network-only' })
  }, [version, touched, about, ask])
  const data = kept.current.data
  return { data, error: result.error, loading: !data && !result.error, again: () => ask({ requestPolicy: 'network-only' }) }
}

/** Pane is one part of a page in any of its states. One that follows leaves the error to the first pane of the same answer. */
export function Pane({ title, answer, empty, children, id, extra, follows }: { follows?: boolean; title: string; answer?: Answer<unknown>; empty?: ReactNode; children?: ReactNode; id?: string; extra?: ReactNode }) {
  const name = id ?? title.toLowerCase().replaceAll(' ', '-')
  return (
    <section className="pane" aria-labelledby={`${name}-title`} id={name}>
      <header><h2 id={`${name}-title`}>{title}</h2>{extra}</header>
      {follows && answer?.error && !answer.data ? <div className="note">Not read.</div> : <Body answer={follows ? answer && { ...answer, error: undefined } : answer} empty={empty}>{children}</Body>}
    </section>
  )
}

/** Body shows loading, an error with a way out, emptiness, or what there is; old data stay under an error. */
export function Body({ answer, empty, children }: { answer?: Answer<unknown>; empty?: ReactNode; children?: ReactNode }) {
  if (answer?.loading) return <div className="skeleton" role="status" aria-label="loading"><i /><i /><i /></div>
  return (
    <>
      {answer?.error && (
        <div className="note bad" role="alert">
          <p>{answer.data ? 'Not up to date. ' : ''}{answer.error.message.replace('[GraphQL] ', '').replace('[Network] ', 'weir does not answer: ')}</p>
          <button onClick={answer.again}>Try again</button>
        </div>
      )}
      {(!answer || answer.data !== undefined) && (empty ? <div className="note">{empty}</div> : children)}
    </>
  )
}

export function AssetLink({ asset, name, max = 44 }: { asset: Asset | null; name?: Name; max?: number }) {
  const n = asset?.name ?? name
  if (!n) return <span>—</span>
  const full = `${n.namespace}/${n.name}`
  const body = <><AssetIcon job={asset?.__typename === 'Job'} /><span className="name">{short(n.name, max)}</span></>
  return asset ? <Link to={`/a/${asset.id}`} title={full} className="asset">{body}</Link> : <span className="asset" title={full}>{body}</span>
}

/** Says shows a sentence of weir's with its times in the reader's zone and its ids short. */
export function Says({ text, now, whole = false }: { text: string; now: number; whole?: boolean }) {
  return (
    <>
      {parts(whole ? text : tail(text)).map((p, i) =>
        p.kind === 'time' ? <time key={i} dateTime={p.text} title={`${p.text} (UTC)`}>{clock(p.text, now)}</time> : p.kind === 'id' ? <code key={i} title={p.full}>{p.text}</code> : <span key={i}>{p.text}</span>,
      )}
    </>
  )
}

/** Time shows a time, or a text that stands for it, with UTC on hover. */
export function Time({ at, now, relative = false }: { at: string | null | undefined; now: number; relative?: boolean }) {
  return at ? <time dateTime={at} title={`${at} (UTC)`}>{relative ? ago(at, now) : clock(at, now)}</time> : <span>—</span>
}

export function Copy({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false)
  return (
    <button
      className="quiet"
      onClick={() => {
        void navigator.clipboard?.writeText(text).then(() => {
          setDone(true)
          window.setTimeout(() => setDone(false), 1500)
        })
      }}
    >
      {done ? 'Copied' : label}
    </button>
  )
}

/** Facts joins what is there with dots. */
export function Facts({ children }: { children: ReactNode[] }) {
  return <p className="facts">{children.filter(Boolean).map((c, i) => <span key={i}>{c}</span>)}</p>
}

export function ActionRow({ a, now }: { a: Action; now: number }) {
  const last = a.transitions[a.transitions.length - 1]
  return (
    <li data-row="action" data-state={a.state}>
      <div className="line"><Chip code={a.state} /><b className="name">{a.toolJob}</b><span className="soft">on {a.connector}</span></div>
      <p className="says">{last ? <Says text={last.cause} now={now} whole /> : <Says text={a.says} now={now} />}</p>
      <Facts>
        {[
          <>for <AssetLink asset={a.target} name={a.targetName} /></>,
          a.policies[0] && <>policy {a.policies[0]}</>,
          <Time at={last?.at ?? a.createdAt} now={now} relative />,
          a.url && <a href={a.url} rel="noreferrer">open in {a.connector}</a>,
        ]}
      </Facts>
    </li>
  )
}
