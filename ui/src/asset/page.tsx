import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { Act } from '../act'
import { tabs, type AssetTab } from '../assets/search'
import { useConfirm, type Deed } from '../confirm'
import { asked } from '../asked'
import { showCommand, urnOf } from '../commands'
import { CopyAs } from '../copyas'
import { useBack, useTitle } from '../frame'
import { useNow } from '../live'
import { Body, Failed } from '../pane'
import { AssetLink, Chip, Facts, Says, Time, web } from '../parts'
import { useLiveQuery } from '../query'
import { AssetIcon, Shape } from '../shape'
import { Tabs } from '../tabs'
import * as t from '../texts/asset'
import { useVerbs, verb } from '../verbs'
import { Columns } from './columns'
import { Decisions } from './decisions'
import { useDeeds, type Deeds } from './deeds'
import { loadCanvas } from './mini'
import { Names } from './names'
import { Overview } from './overview'
import { Policy } from './policy'
import { ASSET, HELD, type Detail } from './queries'
import { Raw } from './raw'
import { Runs } from './runs'
import './asset.css'

const route = getRouteApi('/a/$id')

export default function AssetPage() {
  const { id } = route.useParams()
  useBack('/assets')
  return <OneAsset key={id} id={id} />
}

function OneAsset({ id }: { id: string }) {
  const { tab = 'overview' } = route.useSearch()
  useEffect(() => void (tab === 'overview' && loadCanvas().catch(() => {})), [tab]) // who draws says what is wrong
  const answer = useLiveQuery(ASSET, { id }, { about: id })
  const node = answer.data?.node
  const a = node?.__typename === 'Dataset' || node?.__typename === 'Job' ? node : null
  useTitle(a?.name.name)
  if (!a) return <main id="main" tabIndex={-1}><Body answer={answer} rows={8} empty={t.noAsset} /></main>
  return <main id="main" tabIndex={-1}><Failed answer={answer} /><Known a={a} /></main>
}

function Known({ a }: { a: Detail }) {
  const now = useNow()
  const { tab = 'overview' } = route.useSearch()
  const navigate = route.useNavigate()
  const job = a.__typename === 'Job'
  const deeds = useDeeds({ id: a.id, type: job ? 'JOB' : 'DATASET', namespace: a.name.namespace, name: a.name.name, description: a.description, tool: job ? (a.integration?.toLowerCase() ?? null) : (a.producers.nodes[0]?.integration?.toLowerCase() ?? null) })
  const ask = useConfirm()
  useVerbs([deeds.run, deeds.backfill, deeds.hold, deeds.release, deeds.addOwner, deeds.addTag, deeds.describe].map((d) => verb(d, ask)))
  const shown = tabs.filter((x) => !job || x !== 'columns')
  const current = shown.includes(tab) ? tab : 'overview'
  return (
    <>
      <Head a={a} now={now} deeds={deeds} />
      <Tabs label={t.sections} current={current} onPick={(x) => void navigate({ search: (s) => ({ hops: s.hops, tab: x === 'overview' ? undefined : (x as AssetTab) }), replace: true })}
        tabs={shown.map((x) => ({ id: x, title: t.tabs[x], count: x === 'columns' && !job ? a.fields.totalCount : undefined }))}>
        {current === 'overview' && <Overview a={a} now={now} />}
        {current === 'columns' && !job && <Columns a={a} />}
        {current === 'runs' && <Runs id={a.id} name={a.name} now={now} />}
        {current === 'policy' && <Policy id={a.id} />}
        {current === 'decisions' && <Decisions id={a.id} now={now} />}
        {current === 'names' && <Names id={a.id} now={now} deeds={deeds} />}
        {current === 'raw' && <Raw id={a.id} now={now} />}
      </Tabs>
    </>
  )
}

/** bounded are the states in which something keeps the asset back. */
const bounded = new Set(['LATE', 'AT_RISK', 'UNKNOWN'])

function Head({ a, now, deeds }: { a: Detail; now: number; deeds: Deeds }) {
  const dataset = a.__typename === 'Dataset' ? a : null
  const job = a.__typename === 'Job' ? a : null
  const kind = dataset ? dataset.kind.toLowerCase().replace('_', ' ') : `${job?.integration?.toLowerCase() ?? ''} ${t.job}`.trim()
  const urn = urnOf(a.__typename, a.name)
  return (
    <div className="head">
      <Facts>{[<><AssetIcon job={!dataset} /> {kind}</>, <bdi title={t.names.namespace}>{a.name.namespace}</bdi>, job?.parent && <>{t.partOf} <AssetLink asset={job.parent} /></>]}</Facts>
      <div className="title">
        <h1 title={urn}><bdi>{a.name.name.length > 300 ? `${a.name.name.slice(0, 120)}…${a.name.name.slice(-160)}` : a.name.name}</bdi></h1>
        <span className="buttons"><Act deed={deeds.run} className="primary" /><ActMenu deeds={deeds} a={a} /><CopyAs of={{ urn, cli: showCommand(urn), json: () => a, asked: asked(ASSET, { id: a.id }), file: a.name.name.slice(0, 80) }} /></span>
      </div>
      <p className="lead">{a.description ? <bdi>{a.description}</bdi> : t.noDescription}<Said c={a.descriptionCurated} /> <Act deed={deeds.describe} className="quiet small" /></p>
      <div className="line status">
        {dataset && <><Chip code={dataset.freshness.state} /><span><Says text={dataset.freshness.says} now={now} /></span></>}
        {job && (job.latestRun ? <><Chip code={job.latestRun.state} /><span>{t.lastRun} <Time at={job.latestRun.startedAt} now={now} relative />{job.latestRun.error && <span className="soft">: {job.latestRun.error.slice(0, 300)}</span>}</span></> : <span className="soft">{t.noRun}</span>)}
        {a.removedAt && <span className="chip bad"><Shape kind="slash" />{t.dropped}</span>}
        {a.declared && <span className="chip calm" title={t.since(a.declared.since)}>{t.declaredBy(a.declared.by)}</span>}
        {web(a.url) && <a href={a.url!} rel="noreferrer">{t.open}</a>}
        {job && web(job.sourceCode?.url ?? job.sourceCode?.repoUrl) && <a href={(job.sourceCode!.url ?? job.sourceCode!.repoUrl)!} rel="noreferrer">{t.code}{job.sourceCode!.version && <> <code>{job.sourceCode!.version.slice(0, 8)}</code></>}</a>}
      </div>
      {dataset && bounded.has(dataset.freshness.state) && <HeldBack id={a.id} now={now} />}
      <Facts>
        {[
          a.owners.length > 0 ? <>{t.ownedBy} {a.owners.map((o, i) => <span key={o.name + o.type}>{i > 0 && ', '}<bdi><b>{o.name}</b></bdi>{o.type ? ` (${o.type.toLowerCase()})` : ''}<Said c={o.curated} /></span>)}</> : t.noOwner,
          <>{t.lastSeen} <Time at={a.lastSeen} now={now} relative /></>,
          dataset?.freshness.watermark && <>{t.dataTo} <Time at={dataset.freshness.watermark} now={now} />{dataset.freshness.because && <>, {t.dataOf} <AssetLink asset={dataset.freshness.because} /></>}</>,
          a.tags.length > 0 && a.tags.map((g) => <bdi className="tag" key={g.key + g.value} title={g.curated ? t.setBy(g.curated.by) : t.sentBy}>{g.key}{g.value ? `: ${g.value}` : ''}</bdi>),
        ]}
      </Facts>
    </div>
  )
}

/** HeldBack is what has to change first, and whom to ask: the row of Today that this asset is under. */
function HeldBack({ id, now }: { id: string; now: number }) {
  const { data } = useLiveQuery(HELD, { id })
  const causes = (data?.attention.nodes ?? []).map((n) => n.cause).filter((c) => c.asset?.id !== id)
  return causes.map((c) => <p key={c.name.name} className="line held"><span className="soft">{t.heldBack}</span> <AssetLink asset={c.asset} name={c.name} /><span className="soft"><Says text={c.says} now={now} whole /></span>{c.owner && <b>{t.ask(c.owner)}</b>}</p>)
}

/** Said marks what a person stated in the producers' place. */
function Said({ c }: { c?: { by: string; since: string } | null }) {
  return c ? <small className="soft" title={t.since(c.since)}> {t.saidBy(c.by)}</small> : null
}

function ActMenu({ deeds, a }: { deeds: Deeds; a: Detail }) {
  const menu = useRef<HTMLDetailsElement>(null)
  const item = (deed: Deed, which?: string) => {
    const label = which === undefined ? deed.title : `${deed.title}: ${which.slice(0, 40)}`
    return <Act key={label} deed={deed} onClick={() => menu.current?.removeAttribute('open')}>{label}</Act>
  }
  return (
    <details className="menu" ref={menu} onKeyDown={(e) => {
      if (e.key !== 'Escape') return
      e.stopPropagation()
      menu.current?.removeAttribute('open')
      menu.current?.querySelector('summary')?.focus()
    }} onBlur={(e) => e.relatedTarget && !e.currentTarget.contains(e.relatedTarget) && e.currentTarget.removeAttribute('open')}>
      <summary>{t.act.menu}</summary>
      <div className="sheet">
        {item(deeds.backfill)}{item(deeds.hold)}{item(deeds.release)}{item(deeds.skip)}{item(deeds.pause)}{item(deeds.resume)}<hr />
        {item(deeds.addOwner)}{a.owners.map((o) => item(deeds.removeOwner(o.name), o.name))}
        {item(deeds.addTag)}{a.tags.slice(0, 8).map((g) => item(deeds.removeTag(g.key), g.key))}<hr />
        {item(deeds.addAlias)}{item(deeds.merge)}
      </div>
    </details>
  )
}
