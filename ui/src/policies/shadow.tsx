// What a policy that starts nothing would have done, beside what happened.
import { Link } from '@tanstack/react-router'
import { asked } from '../asked'
import { Called } from '../called'
import { shadowCommand } from '../commands'
import { CopyAs } from '../copyas'
import { useNow } from '../live'
import { Pane } from '../pane'
import { Time } from '../parts'
import { useLiveQuery } from '../query'
import { Shape } from '../shape'
import { Table, tableForms, type Column } from '../table'
import * as t from '../texts/policies'
import type { Shape as Kind } from '../words'
import { SHADOW, type ShadowCase } from './queries'
import { fullName } from '../words'

const kinds = ['AGREED', 'WOULD_RUN', 'WOULD_HOLD', 'SAVED'] as const
const look: Record<ShadowCase['kind'], [shape: Kind, tone: string]> = { AGREED: ['check', 'good'], WOULD_RUN: ['play', 'busy'], WOULD_HOLD: ['pause', 'warn'], SAVED: ['skip', 'calm'] }
const FIRST = 100

function CaseChip({ kind }: { kind: ShadowCase['kind'] }) {
  const [shape, tone] = look[kind]
  return <span className={`chip ${tone}`}><Shape kind={shape} />{t.shadow.kinds[kind]}</span>
}

export function Shadow({ name }: { name: string }) {
  const now = useNow()
  const answer = useLiveQuery(SHADOW, { policy: name, first: FIRST })
  const report = answer.data?.shadowReport
  const p = report?.policies[0]
  const counts = p ? { AGREED: p.agreed, WOULD_RUN: p.wouldRun, WOULD_HOLD: p.wouldHold, SAVED: p.saved } : null
  const total = counts ? kinds.reduce((n, k) => n + counts[k], 0) : 0
  const columns: Column<ShadowCase>[] = [
    { key: 'kind', title: t.shadow.columns.kind, width: '150px', cell: (c) => <CaseChip kind={c.kind} />, value: (c) => c.kind },
    { key: 'at', title: t.shadow.columns.at, width: '130px', cell: (c) => <Time at={c.at} now={now} />, value: (c) => c.at },
    { key: 'asset', title: t.columns.asset, width: 'minmax(220px, 2fr)', cell: (c) => <Called name={c.name.name} title={fullName(c.name)} />, value: (c) => fullName(c.name) },
    { key: 'said', title: t.shadow.columns.decision, width: 'minmax(120px, 1fr)', cell: (c) => <Link to="/d/$id" params={{ id: c.decision }}>{t.shadow.said}</Link>, value: (c) => c.decision },
    { key: 'run', title: t.shadow.columns.run, width: 'minmax(120px, 1fr)', cell: (c) => (c.run ? <Link to="/r/$id" params={{ id: c.run }}>{t.shadow.began}</Link> : <span className="soft">{t.shadow.none}</span>), value: (c) => c.run },
  ]
  return (
    <Pane title={t.tabs.shadow} id="shadow" answer={answer} rows={5} empty={report && !p && t.shadow.notInShadow}
      hidden={p?.moreCases || p?.partial ? { count: null, why: p.partial ? t.shadow.partial : t.shadow.more(FIRST) } : undefined}
      extra={p && <CopyAs of={{ ...tableForms(columns, p.cases), json: () => p, cli: shadowCommand(name, FIRST), asked: asked(SHADOW, { policy: name, first: FIRST }), file: 'shadow' }} />}>
      {p && report && counts && (
        <>
          <p className="line under"><span className="soft">{t.shadow.since} <Time at={report.from} now={now} />, {t.shadow.until} <Time at={report.to} now={now} /></span>{total > 0 && <b>{t.shadow.agreement(Math.round((100 * p.agreed) / total))}</b>}</p>
          {p.note && <p className="note"><Shape kind="query" /> {p.note}</p>}
          {total > 0 && <Share counts={counts} total={total} />}
          <dl className="legend">{kinds.map((k) => <div key={k}><dt><CaseChip kind={k} /> <b>{counts[k]}</b></dt><dd className="soft">{t.shadow.means[k]}</dd></div>)}</dl>
          {p.cases.length > 0 && <Table label={t.shadow.cases} columns={columns} rows={p.cases} rowKey={(c) => c.decision + (c.run ?? '') + c.at} />}
        </>
      )}
    </Pane>
  )
}

/** Share draws how the cases divide; the list below says the same in words. */
function Share({ counts, total }: { counts: Record<ShadowCase['kind'], number>; total: number }) {
  let x = 0
  return (
    <svg className="share" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label={kinds.map((k) => `${counts[k]} ${t.shadow.kinds[k]}`).join(', ')}>
      {kinds.map((k) => {
        const w = (100 * counts[k]) / total
        x += w
        return <rect key={k} className={look[k][1]} x={x - w} y="0" width={w} height="4" />
      })}
    </svg>
  )
}
