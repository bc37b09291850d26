import { getRouteApi, Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { asked } from '../asked'
import { lateCommand } from '../commands'
import { CopyAs } from '../copyas'
import { useNow } from '../live'
import { usePaged } from '../paged'
import { Pane } from '../pane'
import { AssetLink, Chip, Facts, Says, Time } from '../parts'
import { Shape } from '../shape'
import { Table, tableForms, type Column } from '../table'
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

const word = (mode: string) => mode.toLowerCase().replace('_', ' ')

/** left is what is left of a month's budget, or what was spent without one. */
function left(b: Stand['budget']): string {
  if (!b) return t.noBound
  return b.left && b.allowed ? t.left(lasted(b.left), lasted(b.allowed)) : t.noObjective(lasted(b.spent))
}

const trial = (now: number): Column<Policy> => ({ key: 'trial', title: t.columns.trial, width: '210px', cell: (p) => p.trial && <span className="trial"><Shape kind="half" /> {t.trial.short(word(p.trial.to))} <Time at={p.trial.until} now={now} /></span>, value: (p) => p.trial?.until })

export default function Policies() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const now = useNow()
  const { answer, rows: all, more, next } = usePaged(POLICIES, {}, (d) => d.policies, { key: (p) => p.id })
  const one = all.find((p) => p.name === search.name) ?? (search.name ? undefined : all[0])
  const sought = Boolean(search.name) && !one && more
  useEffect(() => {
    if (sought) next() // it may be on a later page
  }, [sought, next, all.length])
  const set = (next: Partial<PoliciesSearch>) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true })
  const columns: Column<Policy>[] = [
    { key: 'name', title: t.columns.name, width: 'minmax(160px, 1.2fr)', cell: (p) => <b>{p.name}</b>, value: (p) => p.name },
    { key: 'mode', title: t.columns.mode, width: '90px', cell: (p) => <span className="tag">{word(p.mode)}</span>, value: (p) => p.mode },
    ...(all.some((p) => p.trial) ? [trial(now)] : []),
    { key: 'stands', title: t.columns.stands, width: 'minmax(180px, 1.2fr)', cell: (p) => <span className="counts">{p.standing.counts.map((c) => <span key={c.state} className="count"><Chip code={c.state} /> {c.count}</span>)}</span>, value: (p) => p.standing.counts.map((c) => `${c.count} ${c.state}`).join(', ') },
    { key: 'worst', title: t.columns.worst, width: 'minmax(180px, 1.4fr)', cell: (p) => (p.standing.worst ? <AssetLink asset={{ __typename: 'Dataset', ...p.standing.worst }} /> : <span className="soft">—</span>), value: (p) => p.standing.worst?.name.name },
    { key: 'left', title: t.columns.left, width: 'minmax(130px, 1fr)', cell: (p) => <span className={p.standing.worst?.budget?.left?.startsWith('-') ? 'spent' : 'soft'}>{p.standing.worst ? left(p.standing.worst.budget) : ''}</span>, value: (p) => (p.standing.worst ? left(p.standing.worst.budget) : '') },
    { key: 'owner', title: t.columns.owner, width: 'minmax(110px, 1fr)', cell: (p) => <span className="soft">{p.owner ?? '—'}</span>, value: (p) => p.owner },
    { key: 'source', title: t.columns.source, width: 'minmax(120px, 1fr)', cell: (p) => <span className="soft" title={p.source}>{p.source.split('/').at(-1)}</span>, value: (p) => p.source },
  ]
  const tab = search.tab ?? 'stands'
  // The editor stays behind the other tabs with what was typed, once it was opened.
  const editing = answer.data !== undefined && (tab === 'edit' || (!one && tab !== 'versions'))
  const [edited, setEdited] = useState(false)
  if (editing && !edited) setEdited(true)
  const drift = answer.data?.system.drift ?? []
  return (
    <main id="main" tabIndex={-1}>
      <div className="title"><h1>{t.heading}</h1></div>
      {drift.length > 0 && <section className="note warn" aria-labelledby="drift"><h2 id="drift"><Shape kind="triangle" /> {t.drift.title}</h2><p>{t.drift.why}</p><ul>{drift.map((d) => <li key={d}><Says text={d} now={now} whole /></li>)}</ul></section>}
      <Pane title={t.heading} id="list" answer={answer} rows={6} empty={all.length === 0 && t.none} hidden={more ? { count: (answer.data?.policies.totalCount ?? 0) - all.length } : undefined}
        extra={<CopyAs of={{ ...tableForms(columns, all, more), asked: asked(POLICIES, {}), file: 'policies' }} />}>
        <div className="short"><Table label={t.heading} columns={columns} rows={all} rowKey={(p) => p.name} selected={one?.name} primary total={answer.data?.policies.totalCount} onEnd={more ? next : undefined} onOpen={(p) => set({ name: p.name, file: undefined })} /></div>
      </Pane>
      {answer.data && search.name && !one && !more && <p className="note">{t.noSuch(search.name)}</p>}
      {answer.data && (
        <section className="pane" aria-labelledby="one-title">
          <header><h2 id="one-title">{one?.name ?? t.tabs.edit}</h2>{one && <Facts>{[one.owner, one.source, <Link to="/decisions" search={{ policy: one.name }}>{t.decisionsOf}</Link>]}</Facts>}</header>
          {one?.trial && <p className="note warn"><Shape kind="half" /> <b>{t.trial.title}</b> {t.trial.before(word(one.trial.from))} <Time at={one.trial.until} now={now} />{t.trial.after(word(one.trial.to))} {t.trial.record} <Link to="/policies" search={{ name: one.name, tab: 'shadow' }}>{t.tabs.shadow}</Link></p>}
          <Tabs label={one?.name ?? t.heading} current={one ? tab : tab === 'versions' ? tab : 'edit'} onPick={(id) => set({ tab: id as PoliciesSearch['tab'] })} tabs={tabs.filter((id) => one || id === 'edit' || id === 'versions').map((id) => ({ id, title: t.tabs[id] }))}>
            {one && tab === 'stands' && <Stands policy={one} />}
            {one && tab === 'shadow' && <Shadow name={one.name} />}
            {one && tab === 'yaml' && <pre tabIndex={0}>{one.yaml}</pre>}
            {(editing || edited) && <div hidden={!editing}><Change shown={editing} source={one?.source} file={search.file} onFile={(file) => set({ file })} /></div>}
            {tab === 'versions' && <Versions />}
          </Tabs>
        </section>
      )}
    </main>
  )
}

function Stands({ policy }: { policy: Policy }) {
  const now = useNow()
  const { answer, rows, more, next } = usePaged(STANDS, { policy: policy.name }, (d) => d.sla, { key: (s) => s.id })
  const columns: Column<Stand>[] = [
    { key: 'state', title: t.columns.state, width: '110px', cell: (s) => <Chip code={s.freshness.state} />, value: (s) => s.freshness.state },
    { key: 'asset', title: t.columns.asset, width: 'minmax(200px, 1.4fr)', cell: (s) => <AssetLink asset={{ __typename: 'Dataset', id: s.id, name: s.name }} />, value: (s) => s.name.name },
    { key: 'says', title: t.columns.says, width: 'minmax(240px, 2.4fr)', cell: (s) => <span title={s.freshness.says}><Says text={s.freshness.says} now={now} /></span>, value: (s) => s.freshness.says },
    { key: 'deadline', title: t.columns.deadline, width: '120px', cell: (s) => <Time at={s.freshness.deadline} now={now} />, value: (s) => s.freshness.deadline },
    { key: 'budget', title: t.columns.budget, width: 'minmax(130px, 1fr)', cell: (s) => <span className={s.budget?.left?.startsWith('-') ? 'spent' : 'soft'}>{left(s.budget)}</span>, value: (s) => left(s.budget) },
  ]
  return (
    <Pane title={t.tabs.stands} id="stands" extra={<CopyAs of={{ ...tableForms(columns, rows, more), cli: lateCommand(policy.name), asked: asked(STANDS, { policy: policy.name }), file: `policy-${policy.name}` }} />} answer={answer} empty={rows.length === 0 && t.nothingSelected} hidden={more ? { count: (answer.data?.sla.totalCount ?? rows.length) - rows.length } : undefined}>
      <Table label={t.tabs.stands} columns={columns} rows={rows} rowKey={(s) => s.id} total={answer.data?.sla.totalCount} onEnd={more ? next : undefined} />
    </Pane>
  )
}
