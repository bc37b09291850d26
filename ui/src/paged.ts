// A list that is read page by page and stays live. With hold, what was read
// keeps its place and what is new waits until the reader wants it; without, the
// list is always as it is now.
import { useCallback, useEffect, useRef, useState } from 'react'
import type { AnyVariables, TypedDocumentNode } from 'urql'
import { client } from './api'
import { useLiveQuery, type Answer } from './query'

export type Part<R> = { nodes: readonly R[]; pageInfo: { hasNextPage: boolean; endCursor?: string | null } }
export type Paged<D, R> = { rows: R[]; answer: Answer<D>; more: boolean; next: () => void; fresh: number; showFresh: () => void; failed: Error | null }
type Options<R> = {
  /** What tells one row from another. */
  key: (r: R) => string
  /** New rows wait until the reader asks for them. */
  hold?: boolean
  /** The rows of the question before stay until this one is answered: search as you type. */
  keep?: boolean
}

type State<R> = { for: string; rows: R[]; pages: number; cursor: string | null; more: boolean }
const REREAD = 10_000
const MOST = 10
const nothing: Part<never> = { nodes: [], pageInfo: { hasNextPage: false } }

/**
 * merged patches the rows that are shown with the list's beginning as it was read now. What is no longer in it goes:
 * any row when that is the whole list, else those before its last. What follows the last row that is shown is added,
 * and what came before it is counted, not shown.
 */
export function merged<R>(shown: R[], read: R[], whole: boolean, key: (r: R) => string): { rows: R[]; fresh: number } {
  const now = new Map(read.map((r) => [key(r), r]))
  const known = new Set(shown.map(key))
  const reach = whole ? shown.length : shown.findLastIndex((r) => now.has(key(r)))
  const rows = shown.filter((r, i) => i >= reach || now.has(key(r))).map((r) => now.get(key(r)) ?? r)
  if (rows.length === 0) return { rows: read, fresh: 0 }
  const last = read.findIndex((r) => key(r) === key(rows.at(-1)!))
  const after = last < 0 ? [] : read.slice(last + 1).filter((r) => !known.has(key(r)))
  return { rows: [...rows, ...after], fresh: read.filter((r) => !known.has(key(r))).length - after.length }
}

/** followed is the list as it is now: what was read again, then those of the rows behind it that are not among it. */
export function followed<R>(shown: R[], read: R[], whole: boolean, pages: number, key: (r: R) => string): R[] {
  if (whole || pages <= 1) return read
  const known = new Set(read.map(key))
  return [...read, ...shown.slice(read.length).filter((r) => !known.has(key(r)))]
}

export function usePaged<D, V extends AnyVariables, R>(query: TypedDocumentNode<D, V>, variables: V, pick: (d: D) => Part<R> | null | undefined, { key, hold = false, keep = false }: Options<R>): Paged<D, R> {
  const answer = useLiveQuery<D, V>(query, { ...variables, after: null } as never as V, { keep })
  const asked = JSON.stringify(variables)
  const [state, setState] = useState<State<R>>({ for: '', rows: [], pages: 0, cursor: null, more: false })
  const [failed, setFailed] = useState<Error | null>(null)
  const busy = useRef('')
  const readAt = useRef(Date.now())
  const first = answer.data && !answer.old ? (pick(answer.data) ?? nothing) : null
  const from = (p: Part<R>): State<R> => ({ for: asked, rows: [...p.nodes], pages: 1, cursor: p.pageInfo.endCursor ?? null, more: p.pageInfo.hasNextPage })
  const patch = (read: R[], whole: boolean, end: Part<R>['pageInfo'] | null) => setState((s) => {
    if (s.for !== asked) return s
    const rows = hold ? merged(s.rows, read, whole, key).rows : followed(s.rows, read, whole, s.pages, key)
    return whole || (end && s.pages <= 1) ? { ...s, rows, pages: 1, cursor: end?.endCursor ?? null, more: !whole } : { ...s, rows }
  })
  /** again reads as many pages as are shown, one after the other: those before may have become others. */
  const again = async (p: Part<R>, pages: number) => {
    const read = [...p.nodes]
    let end = p.pageInfo
    for (let n = 1; n < Math.min(pages, MOST) && end.hasNextPage; n++) {
      const r = await client.query(query, { ...variables, after: end.endCursor } as never as V).toPromise()
      if (r.error) throw r.error
      const part = pick(r.data!) ?? nothing
      read.push(...part.nodes)
      end = part.pageInfo
    }
    return { read, whole: !end.hasNextPage }
  }
  useEffect(() => {
    if (!first) return
    if (state.for !== asked || state.rows.length === 0) return setState(from(first))
    patch([...first.nodes], !first.pageInfo.hasNextPage, first.pageInfo)
    if (state.pages <= 1 || !first.pageInfo.hasNextPage || Date.now() - readAt.current < REREAD) return
    readAt.current = Date.now()
    again(first, state.pages).then((r) => patch(r.read, r.whole, null), setFailed)
    // eslint-disable-next-line react-hooks/exhaustive-deps -- a new answer is a new object
  }, [answer.data, asked])
  // What was just answered is shown at once, before it is put into the state.
  const mine = state.for === asked && !(first && !hold && state.pages <= 1) ? state : first ? from(first) : state.for === asked || keep ? state : null
  const next = useCallback(() => {
    const at = `${asked}\n${mine?.cursor}`
    if (!mine || mine.for !== asked || !mine.more || busy.current === at) return
    busy.current = at
    void client.query(query, { ...variables, after: mine.cursor } as never as V).toPromise().then((r) => {
      setFailed(r.error ?? null)
      if (r.error) busy.current = ''
      if (!r.data) return
      const part = pick(r.data) ?? nothing
      setState((s) => {
        if (s.for !== asked) return s
        const known = new Set(s.rows.map(key))
        return { ...s, rows: [...s.rows, ...part.nodes.filter((n) => !known.has(key(n)))], pages: s.pages + 1, cursor: part.pageInfo.endCursor ?? null, more: part.pageInfo.hasNextPage }
      })
    })
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the variables are in asked
  }, [asked, mine?.for, mine?.cursor, mine?.more, query])
  const rows = mine?.rows ?? []
  const fresh = hold && first && state.for === asked ? merged(state.rows, [...first.nodes], !first.pageInfo.hasNextPage, key).fresh : 0
  const showFresh = () => first && setState(from(first))
  return { rows, answer: { ...answer, loading: !answer.error && (answer.loading || !mine) }, more: mine?.more ?? false, next, fresh, showFresh, failed }
}
