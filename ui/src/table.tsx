import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useEffect, useId, useMemo, useRef, useState, type ReactNode } from 'react'
import { stand, stoodOn } from './back'
import { csv, markdown } from './forms'
import { useKeys } from './keys'
import { Shape } from './shape'
import * as t from './texts/shell'

export type Cell = string | number | null | undefined
export type Column<R> = {
  key: string
  title: string
  cell: (row: R) => ReactNode
  /** What it is sorted by and what a CSV file has; without it, neither. */
  value?: (row: R) => Cell
  /** A track of a CSS grid, for example minmax(120px, 2fr). */
  width?: string
  /** Not to be sorted here: the server's order holds, or the rows are but a page. */
  fixed?: boolean
  right?: boolean
}
/** A sort as an address has it: the column's key, with - before it when the largest comes first. */
export type Sort = string | undefined

/** sorted keeps the order of what is equal, and puts what is unknown last. */
export function sorted<R>(rows: R[], columns: Column<R>[], sort: Sort): R[] {
  const down = sort?.startsWith('-') ?? false
  const value = columns.find((c) => c.key === sort?.replace(/^-/, ''))?.value
  if (!value) return rows
  const none = (v: Cell) => v === null || v === undefined || v === ''
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)]
    if (none(x) || none(y)) return none(x) && none(y) ? 0 : none(x) ? 1 : -1
    const by = typeof x === 'number' && typeof y === 'number' ? x - y : String(x) < String(y) ? -1 : String(x) > String(y) ? 1 : 0
    return down ? -by : by
  })
}

const written = <R,>(columns: Column<R>[], rows: R[], how: typeof csv) => {
  const of = columns.filter((c) => c.value)
  return how(of.map((c) => c.title), rows.map((r) => of.map((c) => c.value!(r))))
}
export const tableCSV = <R,>(columns: Column<R>[], rows: R[]) => written(columns, rows, csv)
export const tableMarkdown = <R,>(columns: Column<R>[], rows: R[]) => written(columns, rows, markdown)
/** tableForms are the forms in which a table is taken along; of one that is cut, prose says so, and the name of a file. */
export const tableForms = <R,>(columns: Column<R>[], rows: R[], cut = false) => ({
  csv: () => tableCSV(columns, rows), json: (): unknown => rows,
  markdown: () => tableMarkdown(columns, rows) + (cut ? `\n${t.part(rows.length)}\n` : ''),
  part: cut ? t.part(rows.length) : undefined,
})

type Props<R> = {
  label: string
  columns: Column<R>[]
  rows: R[]
  rowKey: (row: R) => string
  onOpen?: (row: R) => void
  /** The second way to open, with o: a drawer. */
  onPeek?: (row: R) => void
  sort?: Sort
  onSort?: (sort: Sort) => void
  /** Called when the reader comes near the end. */
  onEnd?: () => void
  /** How many there are in all, when more than rows; null: not known. */
  total?: number | null
  /** The height of a row in pixels. */
  height?: number
  /** Whether j and k go here from anywhere on the page. */
  primary?: boolean
  selected?: string
}

/** Table draws the rows that are seen, of any number. j, k, arrows, Home, End and Enter work in it. */
export function Table<R>({ label, columns, rows, rowKey, onOpen, onPeek, sort, onSort, onEnd, total, height = 36, primary = false, selected }: Props<R>) {
  const box = useRef<HTMLDivElement>(null)
  const shown = useMemo(() => sorted(rows, columns, sort), [rows, columns, sort])
  const [active, put] = useState<string | null>(() => (primary && stoodOn(label)) || null)
  const setActive = useCallback((key: string) => {
    put(key)
    if (primary) stand(label, key)
  }, [label, primary])
  const at = active === null ? -1 : shown.findIndex((r) => rowKey(r) === active)
  const rowsV = useVirtualizer({ count: shown.length, getScrollElement: () => box.current, estimateSize: () => height, overscan: 10 })
  const seen = rowsV.getVirtualItems()
  const last = seen.at(-1)?.index ?? 0
  useEffect(() => {
    if (onEnd && shown.length > 0 && last >= shown.length - 20) onEnd()
  }, [last, shown.length, onEnd])
  const move = useCallback((to: number) => {
    const i = Math.max(0, Math.min(shown.length - 1, to))
    if (!shown[i]) return
    setActive(rowKey(shown[i]))
    rowsV.scrollToIndex(i)
    box.current?.focus({ preventScroll: true })
  }, [shown, rowKey, rowsV, setActive])
  const back = useRef(active !== null)
  useEffect(() => {
    if (!back.current || at < 0) return
    back.current = false
    if (document.activeElement === document.body) move(at)
  }, [at, move])
  const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 400) / height) - 1)
  const keys: Record<string, () => void> = {
    j: () => move(at + 1), ArrowDown: () => move(at + 1), k: () => move(at - 1), ArrowUp: () => move(at - 1), Home: () => move(0), End: () => move(shown.length - 1),
    PageDown: () => move(at + page), PageUp: () => move(at - page), Enter: () => shown[at] && onOpen?.(shown[at]), o: () => shown[at] && (onPeek ?? onOpen)?.(shown[at]),
  }
  useKeys(primary ? [{ keys: 'j', what: t.nextRow, run: keys.j! }, { keys: 'k', what: t.previousRow, run: keys.k! }, ...(onPeek ? [{ keys: 'o', what: t.peekRow, run: keys.o! }] : [])] : [])
  const tracks = columns.map((c) => c.width ?? 'minmax(80px, 1fr)').join(' ')
  const least = columns.reduce((n, c) => n + Number(/\d+(?=px)/.exec(c.width ?? '80px')?.[0] ?? 80) + 12, 16)
  const ids = useId()
  const id = (i: number) => `${ids}${i}` // by place: keys are of any letters, and none may stand for two rows
  return (
    <div className="grid" role="grid" aria-label={label} aria-rowcount={(total ?? shown.length) + 1} aria-colcount={columns.length} tabIndex={0} ref={box} style={{ '--tracks': tracks, '--row': `${height}px`, '--least': `${least}px`, maxHeight: 'var(--grid-height, 70vh)' } as never}
      aria-activedescendant={at >= 0 ? id(at) : undefined}
      onKeyDown={(e) => {
        if (e.target !== box.current || e.metaKey || e.ctrlKey || e.altKey || !keys[e.key]) return
        e.preventDefault()
        e.stopPropagation()
        keys[e.key]!()
      }}>
      <div role="rowgroup" className="grid-head">
        <div role="row" aria-rowindex={1}>{columns.map((c) => <Head key={c.key} c={c} sort={sort} onSort={onSort} />)}</div>
      </div>
      <div role="rowgroup" className="grid-body" style={{ height: rowsV.getTotalSize() }}>
        {seen.map((v) => {
          const row = shown[v.index]!
          const key = rowKey(row)
          return (
            <div role="row" key={key} id={id(v.index)} aria-rowindex={v.index + 2} aria-selected={key === active || key === selected || undefined} data-row-key={key} style={{ transform: `translateY(${v.start}px)` }} onClick={(e) => {
              setActive(key)
              if (!(e.target as Element).closest('a, button, input, summary') && !getSelection()?.toString()) (onPeek ?? onOpen)?.(row)
            }}>
              {columns.map((c) => <div role="gridcell" key={c.key} className={c.right ? 'right' : undefined}>{c.cell(row)}</div>)}
            </div>
          )
        })}
      </div>
    </div>
  )
}

function Head<R>({ c, sort, onSort }: { c: Column<R>; sort: Sort; onSort?: (s: Sort) => void }) {
  const up = sort === c.key
  const down = sort === `-${c.key}`
  const can = onSort && c.value && !c.fixed
  return (
    <div role="columnheader" className={c.right ? 'right' : undefined} aria-sort={up ? 'ascending' : down ? 'descending' : undefined}>
      {can ? <button className="sort" onClick={() => onSort(up ? `-${c.key}` : down ? undefined : c.key)}>{c.title}{(up || down) && <span className={down ? 'turn' : undefined}><Shape kind="triangle" /></span>}</button> : c.title}
    </div>
  )
}
