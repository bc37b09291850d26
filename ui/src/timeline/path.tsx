import { Link } from '@tanstack/react-router'
import { useNow } from '../live'
import { Pane } from '../pane'
import { AssetLink, Chip, Says, Time } from '../parts'
import { useLiveQuery } from '../query'
import * as t from '../texts/timeline'
import { seconds, span } from '../words'
import { PATH } from './queries'

const long = (iso: string | null) => span(seconds(iso) ?? 0)

/** usePath reads what something waited for, step by step. */
export function usePath(id: string | undefined) {
  return useLiveQuery(PATH, { id: id ?? '' }, { pause: !id })
}

/** Critical shows the steps, the last first: bars as long as they waited and ran. */
export function Critical({ answer, title }: { answer: ReturnType<typeof usePath>; title: string }) {
  const now = useNow()
  const steps = answer.data?.criticalPath.steps ?? []
  const whole = Math.max(1, ...steps.map((s) => (seconds(s.waited) ?? 0) + (seconds(s.took) ?? 0)))
  const part = (iso: string | null) => `${(100 * (seconds(iso) ?? 0)) / whole}%`
  return (
    <Pane title={title} id="critical" answer={answer} empty={steps.length === 0 && t.pathNone} hidden={answer.data && !answer.data.criticalPath.complete ? { count: null, why: t.pathCut } : undefined}>
      <ol className="critical-path">
        {steps.map((s) => (
          <li key={s.run.id}>
            <div className="line"><Chip code={s.run.state} /><Link to="/r/$id" params={{ id: s.run.id }}><b>{s.run.job?.name.name ?? s.run.runId}</b></Link>{s.version?.dataset && <span className="soft">→ <AssetLink asset={s.version.dataset} /></span>}<span className="figure"><Time at={s.run.startedAt} now={now} /></span></div>
            <div className="lengths" aria-hidden="true"><i className="wait" style={{ width: part(s.waited) }} /><i className="ran" style={{ width: part(s.took) }} /></div>
            <p className="soft">{s.waited && <>{t.waited(long(s.waited))} · </>}{s.took && <>{s.run.endedAt ? t.took(long(s.took)) : t.stillGoing} · </>}<Says text={s.says} now={now} whole /></p>
          </li>
        ))}
      </ol>
    </Pane>
  )
}
