// The chart: rows over time, drawn as SVG.
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, type KeyboardEvent } from 'react'
import { stand, stoodOn } from '../back'
import * as t from '../texts/timeline'
import { day, written } from '../words'
import { RowOf, sentence, tall } from './bars'
import { scaleOf, useBrush, useWidth, type Scale } from './frame'
import { drawn, ticks, type Piece, type Row } from './model'
import { walked } from './walk'

const HEAD = 26
/** FEW rows are all drawn; of more, only those near the screen. */
const FEW = 60
/** NEAR is how near to each other, in pixels, bundles of a row are one: so wide is what they say. */
const NEAR = 32

type Props = { rows: Row[]; from: number; to: number; now: number; onZoom: (from: number, to: number) => void; onOpen: (p: Piece) => void; onRow: (r: Row) => void; path: ReadonlySet<string>; active: string | undefined; onActive: (key: string) => void; whole: readonly string[]; onWhole: (rows: string[]) => void }

export function Chart({ rows, from, to, now, onZoom, onOpen, onRow, path, active, onActive, whole, onWhole }: Props) {
  const [box, width] = useWidth()
  const scale = scaleOf(from, to, width)
  const [brush, brushing] = useBrush(scale, onZoom)
  const laid = rows.map((r) => drawn(r, whole.includes(r.key), NEAR / scale.perMs))
  const [tops, height] = stacked(laid.map(tall))
  const view = useWindowVirtualizer({ count: rows.length, estimateSize: (i) => tall(laid[i]!), getItemKey: (i) => rows[i]!.key, overscan: 20, scrollMargin: (box.current?.offsetTop ?? 0) + HEAD, scrollPaddingStart: 80, scrollPaddingEnd: 40 })
  const seen = rows.length > FEW ? view.getVirtualItems().map((v) => v.index) : rows.map((_, i) => i)
  const on = rows.find((r) => r.pieces.some((p) => p.key === active))
  const current = on?.pieces.find((p) => p.key === active)
  const onLanes = (r: Row) => onWhole(whole.includes(r.key) ? whole.filter((k) => k !== r.key) : [...whole, r.key])
  const keys = (e: KeyboardEvent) => {
    if (e.key === 'Enter' && current) {
      stand('chart', current.key)
      return onOpen(current)
    }
    const next = e.key === ' ' ? null : walked(rows, active, e.key)
    if (next === undefined) return
    e.preventDefault()
    if (e.key === ' ' && on) onLanes(on)
    if (!next) return
    onActive(next.key)
    view.scrollToIndex(rows.findIndex((r) => r.pieces.includes(next)))
  }
  const chart = useReturn(current !== undefined)
  const look = { ...scale, now, active, path, onOpen, onRow, onLanes }
  return (
    <div className="gantt" ref={box}>
      <svg ref={chart} width={width} height={height + 6} role="application" aria-label={t.chart(rows.length)} aria-describedby="gantt-says" tabIndex={0} onKeyDown={keys} {...brushing}>
        <defs>
          <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" className="hatch-bg" /><path d="M0 0V6" className="hatch" /></pattern>
        </defs>
        <Axis scale={scale} now={now} height={height} />
        {seen.map((i) => <RowOf key={rows[i]!.key} row={rows[i]!} d={laid[i]!} y={tops[i]!} look={look} />)}
        {now > from && now < to && <g className="now"><path d={`M${scale.x(now)} ${HEAD - 6}V${height}`} /><text x={scale.x(now) + 3} y={15}>{t.now}</text></g>}
        {brush && <rect className="brush" x={scale.x(Math.min(...brush))} y={HEAD} width={Math.abs(scale.x(brush[1]) - scale.x(brush[0]))} height={height - HEAD} />}
      </svg>
      <p id="gantt-says" className="soft" role="status">{current ? sentence(current, on!.name, now) : t.help}</p>
    </div>
  )
}

/** stacked puts rows of these heights below each other, and says how high all are. */
function stacked(heights: number[]): [tops: number[], height: number] {
  let height = HEAD
  const tops = heights.map((h) => (height += h) - h)
  return [tops, height]
}

/** useReturn gives the chart the focus when one comes back to the run that was opened from it. */
function useReturn(there: boolean) {
  const chart = useRef<SVGSVGElement>(null)
  const back = useRef(stoodOn('chart') !== undefined)
  useEffect(() => {
    if (!back.current || !there) return
    back.current = false
    if (document.activeElement === document.body) chart.current?.focus({ preventScroll: true })
  }, [there])
  return chart
}

/** Axis has the times; the day at which the window begins stands above the names. */
function Axis({ scale: { x, from, to, names, width }, now, height }: { scale: Scale; now: number; height: number }) {
  const at = ticks(from, to, Math.max(4, Math.floor((width - names) / 90)))
  const room = (ms: number) => Math.abs(x(ms) - x(now)) > 44 && x(ms) < width - 40
  return (
    <>
      {now < to && <rect x={x(now)} y={HEAD} width={Math.max(0, width - x(now))} height={height - HEAD} className="ahead" />}
      <text className="day" x={8} y={15}>{day(from, now)}</text>
      {at.map((ms, i) => <g key={ms} className="tick"><path d={`M${x(ms)} ${HEAD - 4}V${height}`} />{room(ms) && <text x={x(ms) + 3} y={15}>{label(ms, at[i - 1] ?? from, to - from)}</text>}</g>)}
    </>
  )
}

/** label is the day at midnight and in a long window, else the time; the year where it is another than before. */
function label(at: number, before: number, long: number): string {
  const d = new Date(at)
  const midnight = d.getHours() === 0 && d.getMinutes() === 0
  return midnight || long > 10 * 86400_000 ? day(at, before) : written(d, 'minute')
}
