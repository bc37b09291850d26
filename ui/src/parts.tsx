import { useEffect, type ReactNode } from 'react'
import { useQuery, type DocumentInput, type AnyVariables } from 'urql'
import { go, Link } from './router'
import { useLive } from './live'
import { short, status } from './words'
import type { Asset, Flat, Name } from './api'

/** Chip shows a status by shape, word and colour. */
export function Chip({ code }: { code: string }) {
  const s = status(code)
  return (
    <span className={`chip ${s.tone}`}>
      <span aria-hidden="true">{s.shape}</span> {s.word}
    </span>
  )
}

/** useLiveQuery reads again when something changed, keeping what it has. */
export function useLiveQuery<D, V extends AnyVariables = AnyVariables>(query: DocumentInput<D, V>, variables: V, pause = false) {
  const live = useLive()
  const [result, again] = useQuery<D, V>({ query, variables, pause } as never)
  useEffect(() => {
    if (live.version > 0 && !pause) again({ requestPolicy: 'network-only' })
  }, [live.version, pause, again])
  return { data: result.data, error: result.error, loading: result.fetching && !result.data, again: () => again({ requestPolicy: 'network-only' }) }
}

/** Pane is one part of a page in any of its states. */
export function Pane({ title, error, loading, empty, again, children, id, extra }: { title: string; error?: Error; loading?: boolean; empty?: ReactNode; again?: () => void; children?: ReactNode; id?: string; extra?: ReactNode }) {
  return (
    <section className="pane" aria-labelledby={id ?? title} aria-busy={loading || undefined}>
      <header>
        <h2 id={id ?? title}>{title}</h2>
        {extra}
      </header>
      {error ? (
        <div className="note bad" role="alert">
          <p>{error.message.replace('[GraphQL] ', '').replace('[Network] ', 'weir does not answer: ')}</p>
          {again && <button onClick={again}>Try again</button>}
        </div>
      ) : loading ? (
        <div className="skeleton" aria-label="loading"><i /><i /><i /></div>
      ) : empty ? (
        <div className="note">{empty}</div>
      ) : (
        children
      )}
    </section>
  )
}

export function AssetLink({ asset, name }: { asset: Asset | null; name?: Name }) {
  const n = asset?.name ?? name
  if (!n) return <span>—</span>
  const full = `${n.namespace}/${n.name}`
  const body = (
    <>
      <span className="kind" aria-hidden="true">{asset?.__typename === 'Job' ? '⚙' : '▤'}</span>
      <span className="name">{short(n.name, 44)}</span>
    </>
  )
  return asset ? <Link to={`/a/${asset.id}`} title={full} className="asset">{body}</Link> : <span className="asset" title={full}>{body}</span>
}

/** Tree shows an evaluated policy: what was asked, the answer, and why. */
export function Tree({ reasons, now }: { reasons: Flat[]; now: number }) {
  return (
    <ol className="tree">
      {reasons.map((r, i) => (
        <li key={i} data-depth={Math.min(r.depth, 6)} className={status(r.value).tone}>
          <span className={`mark ${status(r.value).tone}`} title={status(r.value).word}>
            <span aria-hidden="true">{status(r.value).shape}</span>
            <span className="hide">{status(r.value).word}</span>
          </span>
          <div>
            <p>{r.says}</p>
            <code>{r.atom}</code>
            {r.mayChangeAt && Date.parse(r.mayChangeAt) > now && <small>flips at {time(r.mayChangeAt)}</small>}
          </div>
        </li>
      ))}
    </ol>
  )
}

export function time(iso: string | null | undefined): string {
  if (!iso) return '—'
  const d = new Date(iso)
  const day = d.toDateString() === new Date().toDateString() ? '' : `${d.toLocaleDateString(undefined, { month: 'short', day: 'numeric' })} `
  return day + d.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
}

export function Time({ at, text }: { at: string | null | undefined; text?: string }) {
  return at ? <time dateTime={at} title={`${at} (UTC)`}>{text ?? time(at)}</time> : <span>—</span>
}

export function Copy({ text, label }: { text: string; label: string }) {
  return <button className="quiet" onClick={() => void navigator.clipboard?.writeText(text)}>{label}</button>
}

export { go }
