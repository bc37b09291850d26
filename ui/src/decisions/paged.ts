// A list that is read page by page and stays live: what was read keeps its
// place, and what is new waits until the reader wants it.
import { useCallback, useEffect, useRef, useState } from 'react'
import type { AnyVariables, TypedDocumentNode } from 'urql'
import { client } from '../api'
import { useLiveQuery, type Answer } from '../query'

export type Part<R> = { nodes: R[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } }
export type Paged<R> = { rows: R[]; answer: Answer<unknown>; more: boolean; next: () => void; fresh: number; showFresh: () => void; failed: Error | null }

type State<R> = { for: string; rows: R[]; pages: number; cursor: string | null; more: boolean }
const REREAD = 10_000
const MOST = 10

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

export function usePaged<D, V extends AnyVariables, R>(query: TypedDocumentNode<D, V>, variables: V, pick: (d: D) => Part<R>, key: (r: R) => string): Paged<R> {
  const answer = useLiveQuery(query, { ...variables, after: null } as never as V)
  const asked = JSON.stringify(variables)
  const [state, setState] = useState<State<R>>({ for: '', rows: [], pages: 0, cursor: null, more: false })
  const [failed, setFailed] = useState<Error | null>(null)
  const busy = useRef('')
  const readAt = useRef(Date.now())
  const first = answer.data && !answer.old ? pick(answer.data) : null
  const from = (p: Part<R>): State<R> => ({ for: asked, rows: p.nodes, pages: 1, cursor: p.pageInfo.endCursor, more: p.pageInfo.hasNextPage })
  const patch = (read: R[], whole: boolean, end: Part<R>['pageInfo'] | null) => setState((s) => {
    if (s.for !== asked) return s
    const rows = merged(s.rows, read, whole, key).rows
    return whole || (end && s.pages <= 1) ? { ...s, rows, pages: 1, cursor: end?.endCursor ?? null, more: !whole } : { ...s, rows }
  })
  /** again reads as many pages as are shown, one after the other: those before may have become others. */
  const again = async (p: Part<R>, pages: number) => {
    const read = [...p.nodes]
    let end = p.pageInfo
    for (let n = 1; n < Math.min(pages, MOST) && end.hasNextPage; n++) {
      const r = await client.query(query, { ...variables, after: end.endCursor } as never as V).toPromise()
      if (r.error) throw r.error
      const part = pick(r.data!)
      read.push(...part.nodes)
      end = part.pageInfo
    }
    return { read, whole: !end.hasNextPage }
  }
  useEffect(() => {
    if (!first) return
    if (state.for !== asked || state.rows.length === 0) return setState(from(first))
    patch(first.nodes, !first.pageInfo.hasNextPage, first.pageInfo)
    if (state.pages <= 1 || !first.pageInfo.hasNextPage || Date.now() - readAt.current < REREAD) return
    readAt.current = Date.now()
    again(first, state.pages).then((r) => patch(r.read, r.whole, null), setFailed)
    // eslint-disable-next-line react-hooks/exhaustive-deps -- a new answer is a new object
  }, [answer.data, asked])
  const mine = state.for === asked
  const next = useCallback(() => {
    const at = `${asked}\n${state.cursor}`
    if (!mine || !state.more || busy.current === at) return
    busy.current = at
    void client.query(query, { ...variables, after: state.cursor } as never as V).toPromise().then((r) => {
      setFailed(r.error ?? null)
      if (r.error) busy.current = ''
      if (!r.data) return
      const part = pick(r.data)
      setState((s) => {
        if (s.for !== asked) return s
        const known = new Set(s.rows.map(key))
        return { ...s, rows: [...s.rows, ...part.nodes.filter((n) => !known.has(key(n)))], pages: s.pages + 1, cursor: part.pageInfo.endCursor, more: part.pageInfo.hasNextPage }
      })
    })
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the variables are in asked
  }, [asked, state.cursor, state.more, mine, query])
  const rows = mine ? state.rows : []
  const fresh = mine && first ? merged(rows, first.nodes, !first.pageInfo.hasNextPage, key).fresh : 0
  const showFresh = () => first && setState(from(first))
  return { rows, answer: { ...answer, loading: answer.loading || (!mine && !answer.error) }, more: mine && state.more, next, fresh, showFresh, failed }
}
