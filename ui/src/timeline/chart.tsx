// The chart: rows over time, drawn as SVG. Waiting is hatched, running solid, a
// failure has a notch, what is expected is dashed.
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react'
import { stand, stoodOn } from '../back'
import * as t from '../texts/timeline'
import { clock, fullName, short, status, written } from '../words'
import { ticks, type Piece, type Row } from './model'

const LANE = 16
const PAD = 6
const HEAD = 26
const NAMES = 240
/** FEW rows are all drawn; of more, only those near the screen. */
const FEW = 60
const tall = (r: Row) => r.lanes * LANE + 2 * PAD

type Props = { rows: Row[]; from: number; to: number; now: number; onZoom: (from: number, to: number) => void; onOpen: (p: Piece) => void; onRow: (r: Row) => void; path: ReadonlySet<string>; active: string | undefined; onActive: (key: string) => void }

/** useWidth follows the width of an element, from the first picture on: one of another width would widen the page. */
function useWidth() {
  const ref = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(1000)
  useLayoutEffect(() => {
    if (!ref.current) return
    const follow = (w: number) => setWidth(Math.max(320, w))
    follow(ref.current.clientWidth)
    const o = new ResizeObserver(([e]) => e && follow(e.contentRect.width))
    o.observe(ref.current)
    return () => o.disconnect()
  }, [])
  return [ref, width] as const
}

export function Chart({ rows, from, to, now, onZoom, onOpen, onRow, path, active, onActive }: Props) {
  const [box, width] = useWidth()
  const [brush, setBrush] = useState<[number, number] | null>(null)
  const names = width < 640 ? 110 : NAMES
  const scale = (width - names) / (to - from)
  const x = (at: number) => names + (Math.max(from, Math.min(to, at)) - from) * scale
  const tops: number[] = []
  let height = HEAD
  for (const r of rows) {
    tops.push(height)
    height += tall(r)
  }
  const view = useWindowVirtualizer({ count: rows.length, estimateSize: (i) => tall(rows[i]!), getItemKey: (i) => rows[i]!.key, overscan: 20, scrollMargin: (box.current?.offsetTop ?? 0) + HEAD, scrollPaddingStart: 80, scrollPaddingEnd: 40 })
  const seen = rows.length > FEW ? view.getVirtualItems().map((v) => v.index) : rows.map((_, i) => i)
  const at = (e: PointerEvent) => from + (e.clientX - e.currentTarget.getBoundingClientRect().left - names) / scale
  const order = rows.flatMap((r) => r.pieces)
  const move = (e: KeyboardEvent) => {
    const i = order.findIndex((p) => p.key === active)
    const row = rows.findIndex((r) => r.pieces.some((p) => p.key === active))
    const near = (by: number) => {
      const next = rows.slice(by > 0 ? row + 1 : 0, by > 0 ? undefined : Math.max(row, 0))
      const target = by > 0 ? next.find((r) => r.pieces.length > 0) : next.findLast((r) => r.pieces.length > 0)
      return target?.pieces[0]
    }
    const to: Record<string, () => Piece | undefined> = { ArrowRight: () => order[i + 1], ArrowLeft: () => order[Math.max(0, i - 1)], ArrowDown: () => (i < 0 ? order[0] : near(1)), ArrowUp: () => near(-1), Home: () => order[0], End: () => order.at(-1) }
    if (e.key === 'Enter' && order[i]) {
      stand('chart', order[i].key)
      return onOpen(order[i])
    }
    const next = to[e.key]?.()
    if (!to[e.key]) return
    e.preventDefault()
    if (!next) return
    onActive(next.key)
    view.scrollToIndex(rows.findIndex((r) => r.pieces.includes(next)))
  }
  const back = useRef(stoodOn('chart') !== undefined)
  const chart = useRef<SVGSVGElement>(null)
  const there = order.some((p) => p.key === active)
  useEffect(() => {
    if (!back.current || !there) return
    back.current = false
    if (document.activeElement === document.body) chart.current?.focus({ preventScroll: true })
  }, [there])
  const current = order.find((p) => p.key === active)
  return (
    <div className="gantt" ref={box}>
      <svg ref={chart} width={width} height={height + 6} role="application" aria-label={t.chart(rows.length)} aria-describedby="gantt-says" tabIndex={0} onKeyDown={move}
        onPointerDown={(e) => {
          if (e.button !== 0 || (e.target as Element).closest('[data-piece], [data-name]') || at(e) < from) return
          e.currentTarget.setPointerCapture(e.pointerId)
          setBrush([at(e), at(e)])
        }}
        onPointerMove={(e) => brush && setBrush([brush[0], at(e)])}
        onPointerUp={() => {
          if (!brush) return
          const [a, b] = [Math.max(from, Math.min(...brush)), Math.min(to, Math.max(...brush))]
          setBrush(null)
          if ((b - a) * scale > 8) onZoom(a, b)
        }}>
        <defs>
          <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" className="hatch-bg" /><path d="M0 0V6" className="hatch" /></pattern>
        </defs>
        {now < to && <rect x={x(now)} y={HEAD} width={Math.max(0, width - x(now))} height={height - HEAD} className="ahead" />}
        {ticks(from, to, Math.max(4, Math.floor((width - names) / 90))).map((at) => <g key={at} className="tick"><path d={`M${x(at)} ${HEAD - 4}V${height}`} />{Math.abs(x(at) - x(now)) > 44 && x(at) < width - 40 && <text x={x(at) + 3} y={15}>{label(at, from, to)}</text>}</g>)}
        {seen.map((i) => {
          const r = rows[i]!
          return <g key={r.key} className="row">
            <path d={`M0 ${tops[i]}H${width}`} className="rule" />
            <text data-name x={8} y={tops[i]! + PAD + 12} onClick={() => onRow(r)}><title>{fullName(r)}</title>{short(r.name, names < 200 ? 13 : 32)}</text>
            {r.pieces.map((p) => <Bar key={p.key} p={p} y={tops[i]! + PAD + p.lane * LANE} x={x} name={r.name} active={p.key === active} on={path.has(p.id)} now={now} onOpen={() => onOpen(p)} />)}
            {r.marks.filter((m) => m.at >= from && m.at < to).map((m) => <g key={m.key} className={`due ${status(m.state).tone}`}><title>{`${t.legend.deadline} ${clock(new Date(m.at).toISOString(), now)}, ${m.name}: ${m.says}`}</title><path d={`M${x(m.at)} ${tops[i]! + 2}v${tall(r) - 4}`} /><path d={`M${x(m.at)} ${tops[i]! + 2}l7 4-7 4Z`} className="flag" /></g>)}
          </g>
        })}
        {now > from && now < to && <g className="now"><path d={`M${x(now)} ${HEAD - 6}V${height}`} /><text x={x(now) + 3} y={15}>{t.now}</text></g>}
        {brush && <rect className="brush" x={x(Math.min(...brush))} y={HEAD} width={Math.abs(x(brush[1]) - x(brush[0]))} height={height - HEAD} />}
      </svg>
      <p id="gantt-says" className="soft" role="status">{current ? sentence(current, rows, now) : t.help}</p>
    </div>
  )
}

function sentence(p: Piece, rows: Row[], now: number): string {
  const name = rows.find((r) => r.pieces.includes(p))?.name ?? ''
  return t.barSays(name, status(p.state).word, clock(new Date(p.from).toISOString(), now, true), p.open ? t.stillGoing : clock(new Date(p.to).toISOString(), now, true))
}

function label(at: number, from: number, to: number): string {
  const d = new Date(at)
  const midnight = d.getHours() === 0 && d.getMinutes() === 0
  return midnight || to - from > 10 * 86400_000 ? written(d, 'day') : written(d, 'minute')
}

function Bar({ p, y, x, name, active, on, now, onOpen }: { p: Piece; y: number; x: (at: number) => number; name: string; active: boolean; on: boolean; now: number; onOpen: () => void }) {
  const [a, b] = [x(p.from), Math.max(x(p.to), x(p.from) + (p.kind === 'plan' && p.open ? 10 : 3))]
  const w = p.waits === null ? 0 : a - x(p.waits)
  const bad = p.tone === 'bad'
  const when = `${clock(new Date(p.from).toISOString(), now, true)} – ${p.open ? t.stillGoing : clock(new Date(p.to).toISOString(), now, true)}`
  return (
    <g data-piece={p.kind} data-state={p.state} className={`piece ${p.kind} ${p.tone}${p.open ? ' open' : ''}${active ? ' active' : ''}${on ? ' critical' : ''}`} onClick={onOpen}>
      <title>{`${name}\n${status(p.state).word}, ${when}${p.says ? `\n${p.says.slice(0, 300)}` : ''}`}</title>
      {w > 1 && <rect x={a - w} y={y + 3} width={w} height={8} className="wait" />}
      <rect x={a} y={y + 1} width={b - a} height={12} rx={2} className="bar" />
      {bad && <path d={`M${b} ${y + 1}l-6 6 6 6Z`} className="notch" />}
      {p.open && p.kind === 'run' && <path d={`M${b} ${y + 1}l5 6-5 6Z`} className="tip" />}
    </g>
  )
}
