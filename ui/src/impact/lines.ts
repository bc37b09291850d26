// What is pasted: changes as weir impact --change takes them, one a line, or
// what weir impact -o json prints. Pure; cmd/weir/testdata/changes.json holds
// what the command reads the same way.
import { MOST, type Kind } from './change'

/** Asked is a change whose asset is still to be found, by the line it stands on. */
export type Asked = { kind: Kind; ref: string; field?: string; to?: string; at: number }
/** Wrong is why a line is no change, and the word that it is about. */
export type Wrong = { fault: 'form' | 'diff' | 'kind' | 'delay' | 'name' | 'json' | 'changes' | 'many'; word: string; at: number }

const kinds: Record<string, [whole?: Kind, column?: Kind]> = {
  drop: ['DROP_DATASET', 'DROP_FIELD'], rename: ['RENAME_DATASET', 'RENAME_FIELD'], retype: [undefined, 'RETYPE_FIELD'], add: [undefined, 'ADD_FIELD'],
  stop: ['STOP_JOB'], disable: ['STOP_JOB'], delay: ['DELAY'],
}

/** Read is what is pasted, with what its places count: lines of text, or the changes of a JSON. */
export type Read = { by: 'line' | 'change'; asked: Asked[]; wrong: Wrong[] }

/** readLines reads what is pasted. A line that is empty, or begins with #, says nothing. */
export function readLines(text: string): Read {
  const asked: Asked[] = []
  const wrong: Wrong[] = []
  if (text.trim().startsWith('{')) return readJSON(text)
  const diff = text.split(/\r?\n/).findIndex((line) => /^(diff --git |@@ -|\+\+\+ )/.test(line))
  if (diff >= 0) return { by: 'line', asked, wrong: [{ fault: 'diff', word: '', at: diff + 1 }] } // one sentence, not one a line
  text.split(/\r?\n/).forEach((line, n) => {
    const said = unquoted(line.trim().replace(/^--change[ =]/, '').trim())
    if (said === '' || said.startsWith('#')) return
    const c = readLine(said)
    if ('fault' in c) wrong.push({ ...c, at: n + 1 })
    else asked.push({ ...c, at: n + 1 })
  })
  return bounded('line', asked, wrong)
}

/** bounded keeps as many as a question takes. */
function bounded(by: Read['by'], asked: Asked[], wrong: Wrong[]): Read {
  if (asked.length > MOST) wrong.push({ fault: 'many', word: String(asked.length - MOST), at: asked[MOST]!.at })
  return { by, asked: asked.slice(0, MOST), wrong }
}

const unquoted = (s: string) => /^'(.*)'$/.exec(s)?.[1] ?? /^"(.*)"$/.exec(s)?.[1] ?? s

/** readLine reads one change. Names may have "=" too: only what makes something new is split there, at the last one behind "#". */
export function readLine(said: string): Omit<Asked, 'at'> | Omit<Wrong, 'at'> {
  const colon = said.indexOf(':')
  const word = said.slice(0, Math.max(colon, 0))
  const of = kinds[word]
  if (!of) return { fault: 'form', word: said }
  let ref = said.slice(colon + 1)
  let to: string | undefined
  if (word === 'delay') {
    const last = ref.lastIndexOf(':')
    const by = duration(ref.slice(last + 1))
    if (last < 0 || !by) return { fault: 'delay', word: ref }
    to = by
    ref = ref.slice(0, last)
  }
  if (word === 'rename' || word === 'retype') {
    const i = ref.lastIndexOf('=')
    if (i > ref.lastIndexOf('#')) [ref, to] = [ref.slice(0, i), ref.slice(i + 1)]
  }
  const hash = ref.lastIndexOf('#')
  const field = hash >= 0 ? ref.slice(hash + 1) : undefined
  if (hash >= 0) ref = ref.slice(0, hash)
  const kind = of[field === undefined ? 0 : 1]
  if (!kind) return { fault: 'kind', word }
  if (ref.trim() === '' || field === '') return { fault: 'name', word: said }
  return { kind, ref, ...(field ? { field } : {}), ...(to ? { to } : {}) }
}

/** duration is a length of time as Go writes it, 1h30m, as weir takes it: PT1H30M. */
function duration(said: string): string | null {
  const parts = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(said)
  if (!parts || !parts.slice(1).some((n) => Number(n) > 0)) return null
  return 'PT' + ['H', 'M', 'S'].map((unit, i) => (Number(parts[i + 1] ?? 0) > 0 ? Number(parts[i + 1]) + unit : '')).join('')
}

/** readJSON reads the changes of what weir impact -o json prints. */
function readJSON(text: string): Read {
  let whole: unknown
  try {
    whole = JSON.parse(text)
  } catch (e) {
    return { by: 'change', asked: [], wrong: [{ fault: 'json', word: e instanceof Error ? e.message : '', at: 1 }] }
  }
  const list = (whole as { impact?: { changes?: unknown } }).impact?.changes
  if (!Array.isArray(list)) return { by: 'change', asked: [], wrong: [{ fault: 'changes', word: '', at: 1 }] }
  const asked: Asked[] = []
  const wrong: Wrong[] = []
  list.forEach((x: Record<string, unknown> | null, n) => {
    const kind = Object.values(kinds).flat().find((k) => k !== undefined && k === x?.kind)
    const said = (key: string) => (typeof x?.[key] === 'string' && x[key] !== '' ? x[key] : undefined)
    const ref = said('asset')
    if (!kind || !ref) wrong.push({ fault: 'form', word: JSON.stringify(x), at: n + 1 })
    else asked.push({ kind, ref, at: n + 1, ...(said('column') ? { field: said('column') } : {}), ...(said('by') ?? said('to') ? { to: said('by') ?? said('to') } : {}) })
  })
  return bounded('change', asked, wrong)
}
