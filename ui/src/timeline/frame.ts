// The chart as an element: how wide it is, what is brushed in it.
import { useLayoutEffect, useRef, useState, type PointerEvent } from 'react'

const NAMES = 240

/** useWidth follows the width of an element, from the first picture on: one of another width would widen the page. */
export function useWidth() {
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

export type Scale = { from: number; to: number; width: number; names: number; perMs: number; x: (at: number) => number }

/** scaleOf lays a window of time out beside the names. */
export function scaleOf(from: number, to: number, width: number): Scale {
  const names = width < 640 ? 110 : NAMES
  const perMs = (width - names) / (to - from)
  return { from, to, width, names, perMs, x: (at) => names + (Math.max(from, Math.min(to, at)) - from) * perMs }
}

/** useBrush is what one drags over to zoom, and the handlers that follow the hand. */
export function useBrush({ from, to, names, perMs }: Scale, onZoom: (from: number, to: number) => void) {
  const [brush, setBrush] = useState<[number, number] | null>(null)
  const at = (e: PointerEvent) => from + (e.clientX - e.currentTarget.getBoundingClientRect().left - names) / perMs
  const onPointerDown = (e: PointerEvent) => {
    if (e.button !== 0 || (e.target as Element).closest('.piece, [data-name], [data-lanes]') || at(e) < from) return
    e.currentTarget.setPointerCapture(e.pointerId)
    setBrush([at(e), at(e)])
  }
  const onPointerUp = () => {
    if (!brush) return
    const [a, b] = [Math.max(from, Math.min(...brush)), Math.min(to, Math.max(...brush))]
    setBrush(null)
    if ((b - a) * perMs > 8) onZoom(a, b)
  }
  return [brush, { onPointerDown, onPointerMove: (e: PointerEvent) => brush && setBrush([brush[0], at(e)]), onPointerUp }] as const
}
