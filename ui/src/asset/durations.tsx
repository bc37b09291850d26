import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import * as t from '../texts/asset'
import { span, status, ticks } from '../words'

export type Point = { at: number; seconds: number; failed: boolean }
const HEIGHT = 200

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
/** resolved turns light-dark(a, b) into the colour that holds: a canvas knows no themes. */
function resolved(name: string): string {
  const probe = document.createElement('i')
  probe.style.color = `var(${name})`
  document.body.append(probe)
  const c = getComputedStyle(probe).color
  probe.remove()
  return c || colour(name)
}

/** Durations draws how long runs took over time; failed ones are crosses. The table below it says the same. */
export default function Durations({ points }: { points: Point[] }) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const el = box.current!
    const draw = () => {
      const [ink, line, good, bad] = ['--soft', '--line', '--busy', '--bad'].map(resolved) as [string, string, string, string]
      const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: '11px system-ui' }
      const cross: uPlot.Series.Points.Show = true
      el.replaceChildren()
      return new uPlot({
        width: el.clientWidth, height: HEIGHT, legend: { show: false }, cursor: { drag: { x: false, y: false } },
        scales: { y: { range: (_, __, max) => [0, (max || 1) * 1.1] } },
        axes: [{ ...axis, values: (_, all, __, ___, step) => ticks(all, step, Date.now()) }, { ...axis, size: 64, values: (_, all) => all.map((v) => span(v)) }],
        series: [
          {},
          { label: t.runs.took, stroke: good, width: 1.5, points: { show: true, size: 5, fill: good }, spanGaps: true },
          { label: status('FAILED').word, stroke: bad, width: 0, paths: () => null, points: { show: cross, size: 9, width: 2, stroke: bad, fill: 'transparent' } },
        ],
      }, [points.map((p) => p.at), points.map((p) => (p.failed ? null : p.seconds)), points.map((p) => (p.failed ? p.seconds : null))], el)
    }
    let plot = draw()
    const again = () => {
      plot.destroy()
      plot = draw()
    }
    const resize = new ResizeObserver(() => plot.setSize({ width: el.clientWidth, height: HEIGHT }))
    resize.observe(el)
    const theme = new MutationObserver(again)
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    const dark = matchMedia('(prefers-color-scheme: dark)')
    dark.addEventListener('change', again)
    return () => {
      resize.disconnect()
      theme.disconnect()
      dark.removeEventListener('change', again)
      plot.destroy()
    }
  }, [points])
  return <div ref={box} className="chart" role="img" aria-label={t.duration} style={{ height: HEIGHT }} />
}
