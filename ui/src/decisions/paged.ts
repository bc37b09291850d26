// A list that is read page by page and stays live: what was read keeps its
// place, and what is new waits until the reader wants it.
import { useCallback, useEffect, useRef, useState } from 'react'
import type { AnyVariables, TypedDocumentNode } from 'urql'
import { client } from '../api'
import { useLiveQuery, type Answer } from '../query'

export type Part<R> = { nodes: R[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } }
export type Paged<R> = { rows: R[]; answer: Answer<unknown>; more: boolean; next: () => void; fresh: number; showFresh: () => void; failed: Error | null }

/** merged patches the rows that are shown with what was read now; rows that were not shown are counted. */
export function merged<R>(shown: R[], read: R[], key: (r: R) => string): { rows: R[]; fresh: number } {
  const now = new Map(read.map((r) => [key(r), r]))
  const known = new Set(shown.map(key))
  return { rows: shown.map((r) => now.get(key(r)) ?? r), fresh: read.filter((r) => !known.has(key(r))).length }
}

export function usePaged<D, V extends AnyVariables, R>(query: TypedDocumentNode<D, V>, variables: V, pick: (d: D) => Part<R>, key: (r: R) => string): Paged<R> {
  const answer = useLiveQuery(query, { ...variables, after: null } as never as V)
  const asked = JSON.stringify(variables)
  const [state, setState] = useState<{ for: string; rows: R[]; cursor: string | null; more: boolean }>({ for: '', rows: [], cursor: null, more: false })
  const [failed, setFailed] = useState<Error | null>(null)
  const busy = useRef('')
  const first = answer.data && !answer.old ? pick(answer.data) : null
  useEffect(() => {
    if (!first) return
    setState((s) => (s.for === asked && s.rows.length > 0 ? { ...s, rows: merged(s.rows, first.nodes, key).rows } : { for: asked, rows: first.nodes, cursor: first.pageInfo.endCursor, more: first.pageInfo.hasNextPage }))
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
        return { ...s, rows: [...s.rows, ...part.nodes.filter((n) => !known.has(key(n)))], cursor: part.pageInfo.endCursor, more: part.pageInfo.hasNextPage }
      })
    })
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the variables are in asked
  }, [asked, state.cursor, state.more, mine, query])
  const rows = mine ? state.rows : []
  const fresh = mine && first ? merged(rows, first.nodes, key).fresh : 0
  const showFresh = () => first && setState({ for: asked, rows: first.nodes, cursor: first.pageInfo.endCursor, more: first.pageInfo.hasNextPage })
  return { rows, answer: { ...answer, loading: answer.loading || (!mine && !answer.error) }, more: mine && state.more, next, fresh, showFresh, failed }
}
