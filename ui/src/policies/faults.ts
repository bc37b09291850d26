// What is wrong in files of policies, as an error of GraphQL carries it. Pure.
import { CombinedError } from 'urql'
import type { Fault } from './queries'

const pick = (o: Record<string, unknown>, name: string) => o[name] ?? o[name[0]!.toUpperCase() + name.slice(1)]

/** faultsOf reads the single faults of an error; none when it is about something else. */
export function faultsOf(error: Error): Fault[] {
  const list = error instanceof CombinedError ? error.graphQLErrors[0]?.extensions.faults : undefined
  if (!Array.isArray(list)) return []
  return list.map((f: Record<string, unknown>) => ({
    file: String(pick(f, 'file') ?? ''), line: Number(pick(f, 'line') ?? 0), column: Number(pick(f, 'column') ?? 0), code: String(pick(f, 'code') ?? ''), what: String(pick(f, 'what') ?? ''), hint: String(pick(f, 'hint') ?? ''),
  }))
}

/** changed puts one file's text into the files; a file that is not there comes last. */
export function changed(files: readonly { path: string; text: string }[], path: string, text: string) {
  return files.some((f) => f.path === path) ? files.map((f) => (f.path === path ? { path, text } : f)) : [...files, { path, text }]
}
