import { getRouteApi, Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { asked } from '../asked'
import { assetsCommand } from '../commands'
import { CopyAs } from '../copyas'
import { Body } from '../pane'
import { usePaged } from '../paged'
import { AssetLink, Chip } from '../parts'
import { useLiveQuery } from '../query'
import { Shape } from '../shape'
import { Table, tableCSV, tableMarkdown, type Column } from '../table'
import * as t from '../texts/assets'
import * as shell from '../texts/shell'
import { status } from '../words'
import { everything, MOST as BULK } from './bulk'
import { Facets, wordOf } from './facets'
import { ASSETS, COUNTS, type Found } from './queries'
import { filterOf, orderOf, properties, type AssetsSearch } from './search'
import { SearchBox } from './searchbox'
import { Views } from './viewsmenu'
import './assets.css'

const route = getRouteApi('/assets')
const PAGE = 100

/** stateOf is how an asset stands against its policies: the same as it is narrowed by. */
const stateOf = (e: Found) => e.node.freshness.state
const runOf = (e: Found) => (e.node.__typename === 'Job' ? e.node.latestRun?.state : undefined)
const kindOf = (a: Found['node']) => (a.__typename === 'Dataset' ? a.kind.toLowerCase().replace('_', ' ') : [a.integration?.toLowerCase(), t.job].filter(Boolean).join(' '))
/** matchOf is where the words are, when that is not the name. */
const matchOf = (e: Found) => e.matches.filter((m) => m.place !== 'NAME')

const fixed = { fixed: true } as const
const columns: Column<Found>[] = [
  { key: 'name', title: t.columns.name, width: 'minmax(220px, 3fr)', ...fixed, value: (e) => e.node.name.name, cell: (e) => <AssetLink asset={e.node} /> },
  { key: 'status', title: t.columns.status, width: '120px', ...fixed, value: (e) => status(stateOf(e)).word, cell: (e) => <Chip code={stateOf(e)} /> },
  { key: 'run', title: t.columns.run, width: '120px', ...fixed, value: (e) => runOf(e) && status(runOf(e)!).word, cell: (e) => runOf(e) && <Chip code={runOf(e)!} /> },
  { key: 'kind', title: t.columns.kind, width: '120px', ...fixed, value: (e) => kindOf(e.node), cell: (e) => <span className="soft">{kindOf(e.node)}</span> },
  { key: 'owner', title: t.columns.owner, width: 'minmax(100px, 1fr)', ...fixed, value: (e) => e.node.owners.map((o) => o.name).join(', '), cell: (e) => <bdi className="soft">{e.node.owners.map((o) => o.name).join(', ')}</bdi> },
  { key: 'namespace', title: t.columns.namespace, width: 'minmax(140px, 1.4fr)', ...fixed, value: (e) => e.node.name.namespace, cell: (e) => <bdi className="soft" title={e.node.name.namespace}>{e.node.name.namespace}</bdi> },
]
const match: Column<Found> = { key: 'match', title: t.columns.match, width: 'minmax(120px, 1.2fr)', ...fixed, value: (e) => matchOf(e).map((m) => `${t.places[m.place]} ${m.text}`).join('; '), cell: (e) => matchOf(e).map((m, i) => <span key={i} className="soft">{i > 0 && '; '}{t.places[m.place]} <bdi>{m.text}</bdi></span>) }

export default function Assets() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const filter = useMemo(() => filterOf(search), [search])
  const q = search.q ?? null
  const order = orderOf(search)
  const variables = { q, filter, order, first: PAGE, after: null }
  const { answer, rows, more, next } = usePaged(ASSETS, variables, (d) => ({ nodes: d.assets.edges, pageInfo: d.assets.pageInfo }), { key: (e) => e.node.id, keep: true })
  // Rows first: what they can be narrowed by is asked when they are there.
  const counts = useLiveQuery(COUNTS, { q, filter }, { keep: true, pause: answer.loading || answer.old })
  const [read, setRead] = useState<number | null>(null)
  const total = counts.old ? undefined : counts.data?.assetCounts.total
  const denied = counts.data?.assetCounts.deniedByRole ?? 0
  const set = (s: Partial<AssetsSearch>) => void navigate({ search: (old) => ({ ...old, ...s }), replace: true })
  const open = (e: Found) => void navigate({ to: '/a/$id', params: { id: e.node.id } })
  const bulk = () => (more ? everything(q, filter, order, setRead).finally(() => setRead(null)) : Promise.resolve(rows))
  const shown = [...columns.filter((c) => c.key !== 'run' || (search.type !== 'DATASET' && !search.kind)), ...(search.q ? [match] : [])]
  const narrowed = properties.some(([, p]) => search[p]) || search.removed
  return (
    <main id="main" tabIndex={-1} className="wide">
      <div className="title">
        <h1>{t.title}</h1>
        <span className="tools">
          {read !== null && <span className="soft" role="status">{t.readSoFar(read)}</span>}
          {total !== undefined && total > BULK && <span className="soft">{t.bulkBound(BULK)}</span>}
          <Views search={search} />
          <CopyAs label={t.copyFound} of={{ file: 'assets', part: total !== undefined && total > BULK ? t.bulkBound(BULK) : undefined, cli: assetsCommand(search), asked: asked(ASSETS, variables), csv: async () => tableCSV(shown, await bulk()), markdown: async () => tableMarkdown(shown, await bulk()), json: async () => (await bulk()).map((e) => e.node) }} />
        </span>
      </div>
      <SearchBox q={search.q ?? ''} busy={answer.old} onChange={(text) => set({ q: text || undefined })} />
      <div className="browse">
        <Facets by={counts.data?.assetCounts.by} search={search} onPick={(p, v) => set({ [p]: v })} onMore={(more) => void navigate({ search: (old) => ({ ...old, more }), replace: true, resetScroll: false })} />
        <section aria-label={t.list} aria-busy={answer.loading || answer.old || undefined}>
          <div className="line found">
            <span role="status"><b>{total === undefined ? '…' : t.found(total)}</b>{total !== undefined && total > rows.length && rows.length > 0 && <span className="soft"> {t.loaded(rows.length, total)}</span>}{denied > 0 && <span className="soft"> · {shell.access.denied(denied)}</span>}</span>
            {properties.map(([property, p]) => search[p] && <Taken key={p} what={wordOf(property, search[p])} onTake={() => set({ [p]: undefined })} />)}
            {search.removed && <Taken what={t.removedToo} onTake={() => set({ removed: undefined })} />}
            {search.q && <select className="order" aria-label={t.order} value={search.sort ?? 'best'} onChange={(e) => set({ sort: e.target.value === 'name' ? 'name' : undefined })}>{Object.entries(t.orders).map(([key, word]) => <option key={key} value={key}>{word}</option>)}</select>}
          </div>
          <Body answer={answer} rows={14} filtered={rows.length === 0 && (search.q || narrowed) && <NoMatch narrowed={Boolean(narrowed)} search={search} />} empty={rows.length === 0 && !search.q && !narrowed && <>{t.never} <Link to="/" search={{ steps: true }}>{t.firstSteps}</Link></>}>
            <Table label={t.list} columns={shown} rows={rows} rowKey={(e) => e.node.id} onOpen={open} onEnd={more ? next : undefined} total={total} primary />
          </Body>
        </section>
      </div>
    </main>
  )
}

function Taken({ what, onTake }: { what: string; onTake: () => void }) {
  return <button className="tag taken" aria-label={t.take(what)} onClick={onTake}><bdi>{what}</bdi> <Shape kind="cross" /></button>
}

function NoMatch({ narrowed, search }: { narrowed: boolean; search: AssetsSearch }) {
  return (
    <>
      <p>{t.noMatch}</p>
      <p className="line">
        {narrowed && search.q && <Link to="/assets" search={{ q: search.q }} replace>{t.withoutFilters}</Link>}
        {!search.removed && <Link to="/assets" search={{ ...search, removed: true }} replace>{t.alsoRemoved}</Link>}
        <Link to="/assets" search={{}} replace>{t.clearSearch}</Link>
      </p>
    </>
  )
}
