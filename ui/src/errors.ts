// What went wrong, for people: weir's own sentence, what to do, and the id
// under which weir's log has it.
import { CombinedError } from 'urql'
import * as t from './texts/shell'

export type Trouble = { says: string; hint: string | null; id: string | null; code: string | null }

export function trouble(error: Error): Trouble {
  if (error instanceof CombinedError && error.graphQLErrors[0]) {
    const first = error.graphQLErrors[0]
    const told = first.extensions as { requestId?: string; hint?: string; code?: string }
    return { says: first.message, hint: told.hint ?? null, id: told.requestId ?? null, code: told.code ?? null }
  }
  const says = error.message.replace(/^\[(GraphQL|Network)\] /, '')
  return { says: error instanceof CombinedError && error.networkError ? t.noAnswer(says) : says, hint: null, id: null, code: null }
}
