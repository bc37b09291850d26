import type { ReactNode } from 'react'
import { Copy } from './copyas'
import { trouble } from './errors'
import type { Answer } from './query'
import { Shape } from './shape'
import * as t from './texts/shell'

type Body = {
  answer?: Answer<unknown>
  /** There is nothing at all, and why. */
  empty?: ReactNode
  /** There is something, but nothing that was asked for; with a way back. */
  filtered?: ReactNode
  /** How many there are that are not shown, and why. */
  hidden?: { count: number | null; why?: ReactNode }
  /** How many rows of which height the skeleton has, so that nothing jumps. */
  rows?: number
  tall?: number
  children?: ReactNode
}

/** Pane is one part of a page in any of its states. One that follows leaves the error to the first pane of the same answer. */
export function Pane({ title, id, extra, follows, ...body }: { title: string; id?: string; extra?: ReactNode; follows?: boolean } & Body) {
  const name = id ?? title.toLowerCase().replaceAll(' ', '-')
  const answer = follows && body.answer ? { ...body.answer, error: undefined } : body.answer
  return (
    <section className="pane" aria-labelledby={`${name}-title`} id={name} aria-busy={answer?.loading || answer?.old || undefined}>
      <header><h2 id={`${name}-title`}>{title}</h2>{extra}</header>
      {follows && body.answer?.error && !body.answer.data ? <p className="note">{t.notRead}</p> : <Body {...body} answer={answer} />}
    </section>
  )
}

/** Body shows loading, an error with a way out, emptiness, or what there is; old data stay under an error. */
export function Body({ answer, empty, filtered, hidden, rows = 3, tall, children }: Body) {
  if (answer?.loading) return <Skeleton rows={rows} tall={tall} />
  const nothing = empty || filtered
  return (
    <>
      {answer?.error && <Failed answer={answer} />}
      {(!answer || answer.data !== undefined) && (nothing ? <div className="note" data-state={empty ? 'empty' : 'filtered'}>{nothing}</div> : children)}
      {!nothing && hidden && hidden.count !== 0 && (!answer || answer.data !== undefined) && <p className="partial"><Shape kind="half" /> {hidden.count === null ? t.someHidden : t.hidden(hidden.count)}{hidden.why && <>: {hidden.why}</>}</p>}
    </>
  )
}

export function Skeleton({ rows = 3, tall }: { rows?: number; tall?: number }) {
  return <div className="skeleton" role="status" aria-label={t.loading}>{Array.from({ length: rows }, (_, i) => <i key={i} style={tall ? { height: tall } : undefined} />)}</div>
}

export function Failed({ answer }: { answer: Answer<unknown> }) {
  if (!answer.error) return null
  const { says, hint, id } = trouble(answer.error)
  return (
    <div className="note bad" role="alert">
      <div><p>{answer.data !== undefined && `${t.notUpToDate} `}{says}</p>{hint && <p>{hint}</p>}{id && <p className="id">{t.requestId} <code>{id}</code> <Copy text={id} label={t.copy} /></p>}</div>
      <button onClick={answer.again}>{t.tryAgain}</button>
    </div>
  )
}
