// Long lists, page by page: the next is read when the reader comes near the end.
import { useCallback, useEffect, useRef, useState } from 'react'
import type { AnyVariables, TypedDocumentNode } from 'urql'
import { client } from './api'
import { useLive } from './live'
import { useLiveQuery, type Answer } from './query'

export type Page<R> = { rows: R[]; hasNextPage: boolean; endCursor: string | null }
type Paged<R> = { answer: Answer<unknown>; rows: R[]; more: boolean; next: () => void; failed: Error | null }
const REREAD = 10_000
const MOST = 10

/** usePaged reads the first page like any question, live, and further ones on demand. The first pages of them are read again when something changed, at most every 10 s. */
export function usePaged<D, V extends AnyVariables & { after?: string | null }, R>(query: TypedDocumentNode<D, V>, variables: V, pick: (d: D) => Page<R>): Paged<R> {
  const answer = useLiveQuery<D, V>(query, variables, { keep: true })
  const key = JSON.stringify(variables)
  const [rest, setRest] = useState<{ key: string; pages: { after: string; page: Page<R> }[] }>({ key, pages: [] })
  const [failed, setFailed] = useState<Error | null>(null)
  const busy = useRef(false)
  const read = useCallback(async (after: string) => {
    const r = await client.query<D, V>(query, { ...variables, after } as V).toPromise()
    if (r.error) throw r.error
    return { after, page: pick(r.data!) }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- variables by what they say
  }, [query, key])
  const first = answer.data ? pick(answer.data) : null
  const pages = rest.key === key && !answer.old ? rest.pages : []
  const last = pages.at(-1)?.page ?? first
  const next = useCallback(() => {
    if (busy.current || !last?.hasNextPage || !last.endCursor) return
    busy.current = true
    read(last.endCursor).then((p) => {
      setFailed(null)
      setRest((r) => ({ key, pages: [...(r.key === key ? r.pages : []), p] }))
    }, setFailed).finally(() => { busy.current = false })
  }, [last, read, key])
  const { version } = useLive()
  const readAt = useRef(Date.now())
  useEffect(() => {
    if (busy.current || pages.length === 0 || Date.now() - readAt.current < REREAD) return
    readAt.current = Date.now()
    const again = pages.slice(0, MOST)
    Promise.all(again.map((p) => read(p.after))).then((fresh) => setRest((r) => (r.key === key ? { key, pages: [...fresh, ...r.pages.slice(fresh.length)] } : r)), setFailed)
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only when something changed
  }, [version])
  return { answer, rows: [first, ...pages.map((p) => p.page)].flatMap((p) => p?.rows ?? []), more: last?.hasNextPage ?? false, next, failed }
}
