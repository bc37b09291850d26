// Goes back in time: the marks are when edges of the picture began.
import { Link } from '@tanstack/react-router'
import { useNow } from '../live'
import * as t from '../texts/lineage'
import { clock, local } from '../words'

export type Times = { marks: string[]; asOf: string | undefined; go: (at: string | undefined) => void }

/** stepped is the mark before or after; the step after the last is now. */
export function stepped({ marks, asOf }: Pick<Times, 'marks' | 'asOf'>, by: number): string | undefined {
  const at = asOf === undefined ? marks.length : marks.filter((m) => Date.parse(m) <= Date.parse(asOf)).length - 1
  const exact = asOf === undefined || marks[at] === asOf
  return marks[by < 0 && !exact ? Math.max(0, at) : Math.max(0, at + by)]
}

export function TimeLine(times: Times) {
  const { marks, asOf, go } = times
  const now = useNow(60_000)
  const at = asOf === undefined ? marks.length : Math.max(0, marks.filter((m) => Date.parse(m) <= Date.parse(asOf)).length - 1)
  const says = asOf ? clock(asOf, now) : t.now
  return (
    <div className="times">
      <button className="quiet" aria-label={t.earlier} title={t.earlier} disabled={marks.length === 0 || (asOf !== undefined && at === 0 && Date.parse(asOf) <= Date.parse(marks[0]!))} onClick={() => go(stepped(times, -1))}><kbd>[</kbd></button>
      <input type="range" min={0} max={marks.length} step={1} value={at} list="marks" aria-label={t.timeline} aria-valuetext={says} disabled={marks.length === 0} onChange={(e) => go(marks[Number(e.target.value)])} />
      <datalist id="marks">{marks.map((m, i) => <option key={m} value={i} />)}</datalist>
      <button className="quiet" aria-label={t.later} title={t.later} disabled={asOf === undefined} onClick={() => go(stepped(times, 1))}><kbd>]</kbd></button>
      <input type="datetime-local" aria-label={t.timeline} value={asOf ? local(asOf) : ''} onChange={(e) => go(e.target.value ? new Date(e.target.value).toISOString() : undefined)} />
      <span className="soft">{asOf ? '' : `${t.now} · `}{t.marks(marks.length)}</span>
    </div>
  )
}

export function Past({ asOf, of, onNow }: { asOf: string; of?: string; onNow: () => void }) {
  return <p className="past" role="status"><b>{t.past(new Date(asOf).toLocaleString())}</b> {of && <Link to="/d/$id" params={{ id: of }}>{t.pastOf}</Link>} {t.pastWhy} <button onClick={onNow}>{t.backToNow}</button></p>
}
