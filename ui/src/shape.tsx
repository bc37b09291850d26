import type { ReactNode } from 'react'
import type { Shape as Kind } from './words'

// Drawn, not typed: a font need not have the sign. All in a box of 16.
const stroke = { fill: 'none', stroke: 'currentColor', strokeWidth: 2, strokeLinecap: 'round', strokeLinejoin: 'round' } as const
const shapes: Record<Kind, ReactNode> = {
  dot: <circle cx="8" cy="8" r="4.5" fill="currentColor" />,
  square: <rect x="3.5" y="3.5" width="9" height="9" rx="1" fill="currentColor" />,
  triangle: <path d="M8 2.8 14 13H2Z" fill="currentColor" />,
  ring: <circle cx="8" cy="8" r="4.5" {...stroke} />,
  clock: <><circle cx="8" cy="8" r="5.5" {...stroke} /><path d="M8 5.2V8l2 1.4" {...stroke} strokeWidth={1.6} /></>,
  pause: <path d="M5.5 4v8M10.5 4v8" {...stroke} strokeWidth={2.6} />,
  play: <path d="M5 3.2v9.6L13 8Z" fill="currentColor" />,
  check: <path d="m3.2 8.6 3.2 3.2 6.4-7.4" {...stroke} strokeWidth={2.2} />,
  cross: <path d="m4 4 8 8M12 4l-8 8" {...stroke} strokeWidth={2.2} />,
  skip: <path d="m4 4 4 4-4 4M9 4l4 4-4 4" {...stroke} />,
  query: <><path d="M5.4 6a2.7 2.7 0 1 1 4 2.3C8.4 8.9 8 9.3 8 10.2" {...stroke} /><circle cx="8" cy="13.2" r="1.2" fill="currentColor" /></>,
  slash: <><circle cx="8" cy="8" r="5.2" {...stroke} /><path d="m4.5 11.5 7-7" {...stroke} /></>,
  half: <><circle cx="8" cy="8" r="5" {...stroke} /><path d="M8 3a5 5 0 0 1 0 10Z" fill="currentColor" /></>,
}

export function Shape({ kind }: { kind: Kind }) {
  return <svg className="shape" viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">{shapes[kind]}</svg>
}

/** AssetIcon tells data from what runs. */
export function AssetIcon({ job }: { job: boolean }) {
  return (
    <svg className="shape kind" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      {job ? <><path d="M8 2 13.2 5v6L8 14l-5.2-3V5Z" {...stroke} strokeWidth={1.5} /><circle cx="8" cy="8" r="1.8" fill="currentColor" /></> : <><rect x="2.5" y="3" width="11" height="10" rx="1.5" {...stroke} strokeWidth={1.5} /><path d="M2.5 6.5h11M6.5 6.5V13" {...stroke} strokeWidth={1.5} /></>}
    </svg>
  )
}
