// The columns of a dataset, found by words on the server: one that was not read
// yet is found all the same.
import { useDeferredValue, useEffect } from 'react'
import type { ColumnsQuery } from '../gen/graphql'
import { usePaged } from '../paged'
import { COLUMNS, type Field } from './queries'

/** MOST columns are read to be sorted; a dataset with more says how many of them that is. */
const MOST = 5000
const key = (f: Field) => f.name
const fieldsOf = (d: ColumnsQuery) => (d.node?.__typename === 'Dataset' ? d.node.fields : null)

/** useColumns reads the columns whose names hold the words; all of them, one page after the other, where the order is not weir's. */
export function useColumns(id: string, words: string, all = false) {
  const search = useDeferredValue(words.trim()) || null
  const { answer, rows, more, next } = usePaged(COLUMNS, { id, search, after: null }, fieldsOf, { key, keep: true })
  useEffect(() => {
    if (all && more && rows.length < MOST) next()
  }, [all, more, next, rows.length])
  const total = (answer.data && fieldsOf(answer.data)?.totalCount) ?? rows.length
  return { answer, rows, more, next, total, question: { id, search, after: null } }
}

/** FindColumn is where the words are typed. */
export function FindColumn({ label, value, onFind, wide }: { label: string; value: string; onFind: (words: string) => void; wide?: boolean }) {
  return <input type="search" className={wide ? 'members' : undefined} aria-label={label} placeholder={label} autoComplete="off" spellCheck={false} maxLength={500} value={value} onChange={(e) => onFind(e.target.value)} />
}
