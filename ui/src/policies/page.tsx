import { getRouteApi, Link } from '@tanstack/react-router'
import { CopyAs } from '../copyas'
import { useNow } from '../live'
import { Pane } from '../pane'
import { AssetLink, Chip, Facts, Says, Time } from '../parts'
import { useLiveQuery } from '../query'
import { Table, tableCSV, tableMarkdown, type Column } from '../table'
import { Tabs } from '../tabs'
import * as t from '../texts/policies'
import { lasted } from '../words'
import { Change } from './change'
import { POLICIES, STANDS, type Policy, type Stand } from './queries'
import { tabs, type PoliciesSearch } from './search'
import { Shadow } from './shadow'
import { Versions } from './versions'
import './policies.css'

const route = getRouteApi('/policies')

/** left is what is left of a month's budget, or what was spent without one. */
function left(b: Stand['budget']): string {
  if (!b) return t.noBound
  return b.left && b.allowed ? t.left(lasted(b.left), lasted(b.allowed)) : t.noObjective(lasted(b.spent))
}

export default function Policies() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const answer = useLiveQuery(POLICIES, { after: null })
  const all = answer.data?.policies.nodes ?? []
  const one = all.find((p) => p.name === search.name) ?? (search.name ? undefined : all[0])
  const set = (next: Partial<PoliciesSearch>) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true })
  const columns: Column<Policy>[] = [
    { key: 'name', title: t.columns.name, width: 'minmax(160px, 1.2fr)', cell: (p) => <b>{p.name}</b>, value: (p) => p.name },
    { key: 'mode', title: t.columns.mode, width: '90px', cell: (p) => <span className="tag">{p.mode.toLowerCase().replace('_', ' ')}</span>, value: (p) => p.mode },
    { key: 'stands', title: t.columns.stands, width: 'minmax(180px, 1.2fr)', cell: (p) => <span className="counts">{p.standing.counts.map((c) => <span key={c.state} className="count"><Chip code={c.state} /> {c.count}</span>)}</span>, value: (p) => p.standing.counts.map((c) => `${c.count} ${c.state}`).join(', ') },
    { key: 'worst', title: t.columns.worst, width: 'minmax(180px, 1.4fr)', cell: (p) => (p.standing.worst ? <AssetLink asset={{ __typename: 'Dataset', ...p.standing.worst }} max={34} /> : <span className="soft">—</span>), value: (p) => p.standing.worst?.name.name },
    { key: 'left', title: t.columns.left, width: 'minmax(130px, 1fr)', cell: (p) => <span className={p.standing.worst?.budget?.left?.startsWith('-') ? 'spent' : 'soft'}>{p.standing.worst ? left(p.standing.worst.budget) : ''}</span>, value: (p) => (p.standing.worst ? left(p.standing.worst.budget) : '') },
    { key: 'owner', title: t.columns.owner, width: 'minmax(110px, 1fr)', cell: (p) => <span className="soft">{p.owner ?? '—'}</span>, value: (p) => p.owner },
    { key: 'source', title: t.columns.source, width: 'minmax(120px, 1fr)', cell: (p) => <span className="soft" title={p.source}>{p.source.split('/').at(-1)}</span>, value: (p) => p.source },
  ]
  const tab = search.tab ?? 'stands'
  return (
    <main id="main" tabIndex={-1}>
      <div className="title"><h1>{t.heading}</h1></div>
      <Pane title={t.heading} id="list" answer={answer} rows={6} empty={all.length === 0 && t.none} hidden={answer.data?.policies.pageInfo.hasNextPage ? { count: (answer.data.policies.totalCount ?? 0) - all.length } : undefined}
        extra={<CopyAs of={{ csv: () => tableCSV(columns, all), markdown: () => tableMarkdown(columns, all), json: () => all, file: 'policies' }} />}>
        <div className="short"><Table label={t.heading} columns={columns} rows={all} rowKey={(p) => p.name} selected={one?.name} primary onOpen={(p) => set({ name: p.name })} /></div>
      </Pane>
      {answer.data && search.name && !one && <p className="note">{t.noSuch(search.name)}</p>}
      {answer.data && (
        <section className="pane" aria-labelledby="one-title">
          <header><h2 id="one-title">{one?.name ?? t.tabs.edit}</h2>{one && <Facts>{[one.owner, one.source, <Link to="/decisions" search={{ policy: one.name }}>{t.decisionsOf}</Link>]}</Facts>}</header>
          <Tabs label={one?.name ?? t.heading} current={one ? tab : tab === 'versions' ? tab : 'edit'} onPick={(id) => set({ tab: id as PoliciesSearch['tab'] })} tabs={tabs.filter((id) => one || id === 'edit' || id === 'versions').map((id) => ({ id, title: t.tabs[id] }))}>
            {one && tab === 'stands' && <Stands policy={one} />}
            {one && tab === 'shadow' && <Shadow name={one.name} />}
            {one && tab === 'yaml' && <pre tabIndex={0}>{one.yaml}</pre>}
            {(tab === 'edit' || (!one && tab !== 'versions')) && <Change source={one?.source} file={search.file} onFile={(file) => set({ file })} />}
            {tab === 'versions' && <Versions />}
          </Tabs>
        </section>
      )}
    </main>
  )
}

function Stands({ policy }: { policy: Policy }) {
  const now = useNow()
  const answer = useLiveQuery(STANDS, { policy: policy.name })
  const rows = answer.data?.sla.nodes ?? []
  const columns: Column<Stand>[] = [
    { key: 'state', title: t.columns.state, width: '110px', cell: (s) => <Chip code={s.freshness.state} />, value: (s) => s.freshness.state },
    { key: 'asset', title: t.columns.asset, width: 'minmax(200px, 1.4fr)', cell: (s) => <AssetLink asset={{ __typename: 'Dataset', id: s.id, name: s.name }} max={44} />, value: (s) => s.name.name },
    { key: 'says', title: t.columns.says, width: 'minmax(240px, 2.4fr)', cell: (s) => <span title={s.freshness.says}><Says text={s.freshness.says} now={now} /></span>, value: (s) => s.freshness.says },
    { key: 'deadline', title: t.columns.deadline, width: '120px', cell: (s) => <Time at={s.freshness.deadline} now={now} />, value: (s) => s.freshness.deadline },
    { key: 'budget', title: t.columns.budget, width: 'minmax(130px, 1fr)', cell: (s) => <span className={s.budget?.left?.startsWith('-') ? 'spent' : 'soft'}>{left(s.budget)}</span>, value: (s) => left(s.budget) },
  ]
  return (
    <Pane title={t.tabs.stands} id="stands" answer={answer} empty={rows.length === 0 && t.nothingSelected} hidden={answer.data ? { count: (answer.data.sla.totalCount ?? rows.length) - rows.length } : undefined}>
      <Table label={t.tabs.stands} columns={columns} rows={rows} rowKey={(s) => s.id} total={answer.data?.sla.totalCount} />
    </Pane>
  )
}
