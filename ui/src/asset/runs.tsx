import { lazy, Suspense, useMemo } from 'react'
import { getRouteApi, Link } from '@tanstack/react-router'
import { asked } from '../asked'
import { runsCommand } from '../commands'
import { CopyAs } from '../copyas'
import { Pane, Skeleton } from '../pane'
import { AssetLink, Chip, Time } from '../parts'
import { useLiveQuery } from '../query'
import { Table, tableForms, type Column } from '../table'
import type { AssetRunsQuery } from '../gen/graphql'
import * as t from '../texts/asset'
import { seconds, span, status } from '../words'
import { RUNS } from './queries'

const Durations = lazy(() => import('./durations'))
type Node = NonNullable<AssetRunsQuery['node']>
type OfJob = Extract<Node, { __typename: 'Job' }>['runs']['nodes'][number]
type Run = OfJob & { job?: NonNullable<Extract<Node, { __typename: 'Dataset' }>['versions']['nodes'][number]['run']>['job'] }
const route = getRouteApi('/a/$id')

const took = (r: Run) => (r.startedAt && r.endedAt ? (Date.parse(r.endedAt) - Date.parse(r.startedAt)) / 1000 : null)

/** runsOf are the runs of a job, or those that wrote a dataset, each once. */
function runsOf(node: AssetRunsQuery['node'] | undefined): Run[] {
  if (node?.__typename === 'Job') return node.runs.nodes
  if (node?.__typename !== 'Dataset') return []
  const seen = new Set<string>()
  return node.versions.nodes.flatMap((v) => (v.run && !seen.has(v.run.id) && seen.add(v.run.id) ? [v.run] : []))
}

const pointsOf = (runs: Run[]) => runs.flatMap((r) => {
  const s = took(r)
  return s === null ? [] : [{ at: Date.parse(r.startedAt!) / 1000, seconds: s, failed: r.state === 'FAILED' }]
}).sort((a, b) => a.at - b.at)

export function Runs({ id, name, now }: { id: string; name: { namespace: string; name: string }; now: number }) {
  const { sort } = route.useSearch()
  const navigate = route.useNavigate()
  const answer = useLiveQuery(RUNS, { id }, { about: id })
  const node = answer.data?.node
  const runs = useMemo(() => runsOf(node), [node])
  const job = node?.__typename === 'Job' ? node : null
  const cut = node?.__typename === 'Job' ? node.runs.pageInfo.hasNextPage : node?.__typename === 'Dataset' && node.versions.pageInfo.hasNextPage
  const columns: Column<Run>[] = [
    { key: 'state', title: t.runs.state, width: '120px', value: (r) => status(r.state).word, cell: (r) => <Chip code={r.state} /> },
    { key: 'started', title: t.runs.started, width: '170px', value: (r) => r.startedAt, cell: (r) => <Time at={r.startedAt} now={now} /> },
    { key: 'took', title: t.runs.took, width: '90px', right: true, value: took, cell: (r) => { const s = took(r); return s === null ? '' : span(s) } },
    ...(job ? [] : [{ key: 'by', title: t.runs.by, width: 'minmax(160px, 2fr)', value: (r: Run) => r.job?.name.name, cell: (r: Run) => r.job && <AssetLink asset={r.job} /> }]),
    { key: 'attempt', title: t.runs.attempt, width: '70px', right: true, value: (r) => r.attempt, cell: (r) => <span className="soft">{r.attempt}</span> },
    { key: 'run', title: t.runs.run, width: '110px', value: (r) => r.runId, cell: (r) => <Link to="/r/$id" params={{ id: r.id }}><code title={r.runId}>{r.runId.slice(0, 8)}</code></Link> },
    { key: 'error', title: t.runs.error, width: 'minmax(120px, 3fr)', value: (r) => r.error, cell: (r) => r.error && <bdi className="soft" title={r.error}>{r.error.slice(0, 200)}</bdi> },
  ]
  const points = useMemo(() => pointsOf(runs), [runs])
  const d = job?.durations
  return (
    <>
      {points.length > 1 && (
        <Pane title={t.duration} extra={d && d.count > 0 && <span className="soft">{t.durationOf(d.count, span(seconds(d.p50) ?? 0), span(seconds(d.p90) ?? 0))}</span>}>
          <Suspense fallback={<Skeleton rows={1} tall={200} />}><Durations points={points} /></Suspense>
        </Pane>
      )}
      <Pane title={t.runList} answer={answer} rows={8} empty={runs.length === 0 && t.noRuns} hidden={{ count: cut ? null : 0, why: t.onlyLast(runs.length) }}
        extra={<CopyAs of={{ ...tableForms(columns, runs, cut), file: 'runs', cli: runsCommand(job ? [name] : runs.flatMap((r) => r.job?.name ?? [])), asked: asked(RUNS, { id }) }} />}>
        <Table label={t.runList} columns={columns} rows={runs} rowKey={(r) => r.id} sort={sort} onSort={(s) => void navigate({ search: (old) => ({ ...old, sort: s }), replace: true })} onOpen={(r) => void navigate({ to: '/r/$id', params: { id: r.id } } as never)} primary />
      </Pane>
    </>
  )
}
