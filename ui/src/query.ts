import { useEffect, useRef } from 'react'
import { useQuery, type AnyVariables, type TypedDocumentNode } from 'urql'
import { useLive } from './live'

export type Answer<D> = {
  data: D | undefined
  error: Error | undefined
  /** Nothing to show yet. */
  loading: boolean
  /** What is shown answers the question before. */
  old: boolean
  /** It is being asked, whatever is shown meanwhile. */
  busy?: boolean
  again: () => void
}
export type Options = {
  /** The id whose changes make this read again; without one, any change does. */
  about?: string
  /** Not asked at all. */
  pause?: boolean
  /** What was shown stays while another question is asked: search as you type. */
  keep?: boolean
  /** Never read again by itself: the past. */
  still?: boolean
}

/** useLiveQuery reads again when something it is about changed; what it has stays until then, also over an error. One question is asked at a time. */
export function useLiveQuery<D, V extends AnyVariables>(query: TypedDocumentNode<D, V>, variables: V, options: Options = {}): Answer<D> {
  const { about, pause = false, keep = false, still = false } = options
  const { version, touched } = useLive()
  const [result, ask] = useQuery<D, V>({ query, variables, pause } as never)
  const kept = useRef<{ for: string; data: D | undefined }>({ for: '', data: undefined })
  const due = useRef(false)
  const key = JSON.stringify(variables)
  const mine = JSON.stringify(result.operation?.variables ?? variables) === key
  if (kept.current.for !== key && !keep) kept.current = { for: key, data: undefined }
  if (mine && result.data && !result.stale && !result.fetching) kept.current = { for: key, data: result.data }
  const busy = result.fetching
  useEffect(() => {
    if (version === 0 || pause || still || (about && touched && !touched.has(about))) return
    if (busy) due.current = true
    else ask({ requestPolicy: 'network-only' })
    // eslint-disable-next-line react-hooks/exhaustive-deps -- busy is only looked at when something changed
  }, [version, touched, about, pause, still, ask])
  useEffect(() => {
    if (busy || !due.current || pause) return
    due.current = false
    ask({ requestPolicy: 'network-only' })
  }, [busy, pause, ask])
  const { data, for: of } = kept.current
  const error = busy && !data ? undefined : result.error
  return { data, error, loading: data === undefined && !error && !pause, old: data !== undefined && of !== key, busy, again: () => ask({ requestPolicy: 'network-only' }) }
}
