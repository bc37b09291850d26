import { getRouteApi } from '@tanstack/react-router'
import { useMemo } from 'react'
import { deciding } from '../asset/reasons'
import { useStill } from '../address'
import { asked } from '../asked'
import { actionsCommand } from '../commands'
import { CopyAs } from '../copyas'
import { useNow } from '../live'
import { usePaged } from '../paged'
import { Failed, Pane } from '../pane'
import { AssetLink, Chip, Says, Time } from '../parts'
import { useLiveQuery } from '../query'
import { Shape } from '../shape'
import { Table, tableForms, type Column } from '../table'
import { Tabs } from '../tabs'
import * as t from '../texts/decisions'
import { fullName, outcome, status } from '../words'
import { Kill } from './deeds'
import { ACTIONS, FRAME, LEDGER, type Doing, type Row } from './queries'
import { among, boundsOf, modes, outcomes, spans, wrong, type LedgerSearch } from './search'
import './decisions.css'

const route = getRouteApi('/decisions')

/** sentence is what decided: the first that does not hold, else the whole. */
const sentence = (r: Row) => (deciding(r.reasons as never) ?? r.reasons[0])?.says ?? ''

export default function Decisions() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const frame = useLiveQuery(FRAME, {})
  const set = (next: Partial<LedgerSearch>) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true })
  const stop = frame.data?.system.switches.find((s) => s.scope === 'GLOBAL')
  const tab = search.tab ?? 'decisions'
  return (
    <main id="main" tabIndex={-1}>
      <div className="title"><h1>{t.heading}</h1><span className="buttons">{frame.data && <Kill on={frame.data.system.killSwitch} />}</span></div>
      {stop && <p className="note warn" role="status"><Shape kind="pause" /> {t.stopped(stop.actor, stop.reason)}</p>}
      <Tabs label={t.heading} current={tab} onPick={(id) => set({ tab: id === 'actions' ? 'actions' : undefined })} tabs={[{ id: 'decisions', title: t.tabs.decisions }, { id: 'actions', title: t.tabs.actions }]}>
        {tab === 'actions' ? <Actions search={search} set={set} /> : <Ledger search={search} set={set} policies={frame.data?.policies.nodes.map((p) => p.name) ?? []} total={frame.data?.policies.totalCount ?? 0} />}
      </Tabs>
    </main>
  )
}

/** NamePolicy takes the name of one of so many policies that a list holds only the first of them. */
function NamePolicy({ names, total, value, onPick }: { names: string[]; total: number; value: string; onPick: (name: string) => void }) {
  return (
    <form className="line" onSubmit={(e) => (e.preventDefault(), onPick(String(new FormData(e.currentTarget).get('policy')).trim()))}>
      <input key={value} name="policy" list="policy-names" aria-label={t.filters.policy} placeholder={t.anyPolicy} title={t.somePolicies(names.length, total)} defaultValue={value} />
      <datalist id="policy-names">{names.map((n) => <option key={n} value={n} />)}</datalist>
      <span className="soft">{t.somePolicies(names.length, total)}</span>
    </form>
  )
}

type Part = { search: LedgerSearch; set: (next: Partial<LedgerSearch>) => void }
const time = (now: number) => ({ key: 'at', title: t.columns.at, width: '110px' }) as const satisfies Partial<Column<unknown>> & { now?: typeof now }

function Ledger({ search, set, policies, total }: Part & { policies: string[]; total: number }) {
  const now = useNow()
  // From where it was when the reader chose it: a list that is read is not another one each minute.
  const { since, until } = useMemo(() => boundsOf({ since: search.since, from: search.from, to: search.to }, Date.now()), [search.since, search.from, search.to])
  useStill((s) => (since ? { ...s, since: undefined, from: since, to: until ?? new Date().toISOString() } : s))
  const variables = { target: search.target ?? null, policy: search.policy ?? null, since, until, outcomes: (search.outcome as never) ?? null, modes: search.mode ? [search.mode] : null, first: 100 }
  const list = usePaged(LEDGER, variables, (d) => d.decisions, { key: (r: Row) => r.id, hold: true })
  const navigate = route.useNavigate()
  const filtered = Boolean(search.target || search.policy || search.outcome || search.mode || search.since || search.from || search.to)
  const columns: Column<Row>[] = [
    { ...time(now), cell: (r) => <Time at={r.at} now={now} />, value: (r) => r.at },
    { key: 'outcome', title: t.columns.outcome, width: '132px', cell: (r) => <Chip code={r.outcome} word={r.gate ? undefined : outcome(r.outcome, r.mode)} />, value: (r) => r.outcome },
    { key: 'target', title: t.columns.target, width: 'minmax(230px, 1.5fr)', cell: (r) => <AssetLink asset={r.target} name={r.targetName} />, value: (r) => fullName(r.targetName) },
    { key: 'why', title: t.columns.why, width: 'minmax(280px, 3fr)', cell: (r) => <span title={sentence(r)}><Says text={sentence(r)} now={now} /></span>, value: sentence },
    { key: 'action', title: t.columns.action, width: '140px', cell: (r) => (r.action ? <Chip code={r.action.state} /> : r.gate ? <span className="soft">{t.asksGate}</span> : <span className="soft">—</span>), value: (r) => r.action?.state ?? null },
    { key: 'mode', title: t.columns.mode, width: '84px', cell: (r) => <span className="soft">{r.mode.toLowerCase().replace('_', ' ')}</span>, value: (r) => r.mode },
    { key: 'policy', title: t.columns.policy, width: 'minmax(110px, 1fr)', cell: (r) => <span className="soft">{r.policyName ?? t.noPolicy}</span>, value: (r) => r.policyName },
  ]
  return (
    <Pane title={t.tabs.decisions} id="ledger" answer={list.answer} rows={10} empty={list.rows.length === 0 && !filtered && t.noDecisions} filtered={list.rows.length === 0 && filtered && <>{t.noneSuch} <button onClick={() => set({ target: undefined, policy: undefined, outcome: undefined, mode: undefined, since: undefined, from: undefined, to: undefined })}>{t.unfiltered}</button></>}
      extra={<span className="filters">
        <Select label={t.filters.outcome} value={search.outcome?.[0] ?? ''} none={t.anyOutcome} options={outcomes.map((o) => [o, status(o).word])} onPick={(v) => set({ outcome: v ? [v] : undefined })} />
        <Select label={t.filters.mode} value={search.mode ?? ''} none={t.anyMode} options={modes.map((m) => [m, m.toLowerCase().replace('_', ' ')])} onPick={(v) => set({ mode: (v || undefined) as LedgerSearch['mode'] })} />
        {total > policies.length ? <NamePolicy names={policies} total={total} value={search.policy ?? ''} onPick={(v) => set({ policy: v || undefined })} /> : <Select label={t.filters.policy} value={search.policy ?? ''} none={t.anyPolicy} options={policies.map((p) => [p, p])} onPick={(v) => set({ policy: v || undefined })} />}
        <Select label={t.filters.since} value={search.since ?? ''} none={t.spans['']} options={spans.map((s) => [s, t.spans[s]])} onPick={(v) => set({ since: (v || undefined) as LedgerSearch['since'], from: undefined, to: undefined })} />
        <CopyAs of={{ ...tableForms(columns, list.rows, list.more), asked: asked(LEDGER, variables), file: 'decisions' }} />
      </span>}>
      {search.target && <p className="line under"><span>{t.ofAsset} <AssetLink asset={list.rows[0]?.target ?? null} name={list.rows[0]?.targetName} /></span><button className="quiet" onClick={() => set({ target: undefined })}>{t.unfiltered}</button></p>}
      {(search.from || search.to) && <p className="line under"><span>{search.from && <>{t.from} <Time at={search.from} now={now} /></>} {search.to && <>{t.until} <Time at={search.to} now={now} /></>}</span><button className="quiet" onClick={() => set({ from: undefined, to: undefined })}>{t.unfiltered}</button></p>}
      {list.fresh > 0 && <button className="pending" onClick={list.showFresh}>{t.fresh(list.fresh)}</button>}
      <Table label={t.tabs.decisions} columns={columns} rows={list.rows} rowKey={(r) => r.id} primary onEnd={list.next} total={list.more ? null : list.rows.length} onOpen={(r) => void navigate({ to: '/d/$id', params: { id: r.id } } as never)} />
      {list.failed && <Failed answer={{ ...list.answer, error: list.failed, again: list.next }} />}
      {list.more && <p className="partial"><Shape kind="half" /> {t.more}</p>}
    </Pane>
  )
}

const statesOf = { open: null, asked: ['AWAITING_APPROVAL'], failed: [...wrong] } as const

function Actions({ search, set }: Part) {
  const now = useNow()
  const navigate = route.useNavigate()
  const states = search.state ? statesOf[search.state] : null
  const filter = { target: search.target ?? null, states: states ? [...states] : null, open: search.state === 'open' ? true : null }
  const variables = { filter: filter as never, first: 100 }
  const list = usePaged(ACTIONS, variables, (d) => d.actions, { key: (a: Doing) => a.id, hold: true })
  const columns: Column<Doing>[] = [
    { ...time(now), cell: (a) => <Time at={a.createdAt} now={now} />, value: (a) => a.createdAt },
    { key: 'state', title: t.columns.state, width: '150px', cell: (a) => <Chip code={a.state} />, value: (a) => a.state },
    { key: 'kind', title: t.columns.kind, width: '84px', cell: (a) => <span className="soft">{a.kind.toLowerCase()}</span>, value: (a) => a.kind },
    { key: 'target', title: t.columns.target, width: 'minmax(230px, 1.5fr)', cell: (a) => <AssetLink asset={a.target} name={a.targetName} />, value: (a) => fullName(a.targetName) },
    { key: 'through', title: t.columns.through, width: 'minmax(150px, 1fr)', cell: (a) => <span><b>{a.toolJob}</b> <span className="soft">{a.connector}</span></span>, value: (a) => `${a.toolJob} on ${a.connector}` },
    { key: 'why', title: t.columns.why, width: 'minmax(240px, 2fr)', cell: (a) => <span title={a.says}><Says text={a.says} now={now} whole /></span>, value: (a) => a.says },
    { key: 'asked', title: t.columns.asked, width: 'minmax(100px, 1fr)', cell: (a) => <span className="soft">{a.askedBy ?? a.policies[0]}</span>, value: (a) => a.askedBy ?? a.policies[0] },
  ]
  return (
    <Pane title={t.tabs.actions} id="actions" answer={list.answer} rows={10} empty={list.rows.length === 0 && !search.state && t.noActions} filtered={list.rows.length === 0 && search.state && <>{t.noneSuch} <button onClick={() => set({ state: undefined })}>{t.unfiltered}</button></>}
      extra={<span className="filters">
        <Select label={t.filters.state} value={search.state ?? ''} none={t.states.all} options={among.map((s) => [s, t.states[s]])} onPick={(v) => set({ state: (v || undefined) as LedgerSearch['state'] })} />
        <CopyAs of={{ ...tableForms(columns, list.rows, list.more), cli: actionsCommand(search), asked: asked(ACTIONS, variables), file: 'actions' }} />
      </span>}>
      {list.fresh > 0 && <button className="pending" onClick={list.showFresh}>{t.fresh(list.fresh)}</button>}
      <Table label={t.tabs.actions} columns={columns} rows={list.rows} rowKey={(a) => a.id} primary onEnd={list.next} total={list.more ? null : list.rows.length} onOpen={(a) => void navigate({ to: '/d/$id', params: { id: a.id } } as never)} />
      {list.failed && <Failed answer={{ ...list.answer, error: list.failed, again: list.next }} />}
      {list.more && <p className="partial"><Shape kind="half" /> {t.more}</p>}
    </Pane>
  )
}

function Select({ label, value, none, options, onPick }: { label: string; value: string; none: string; options: readonly (readonly [string, string])[]; onPick: (v: string) => void }) {
  return <label><span className="hide">{label}</span><select value={value} onChange={(e) => onPick(e.target.value)}><option value="">{none}</option>{options.map(([v, word]) => <option key={v} value={v}>{word}</option>)}</select></label>
}
