import { getRouteApi } from '@tanstack/react-router'
import type { Asset } from '../api'
import { asked } from '../asked'
import { CopyAs } from '../copyas'
import type { AssetBesideQuery } from '../gen/graphql'
import { usePaged, type Part } from '../paged'
import { Body, Pane } from '../pane'
import { AssetLink, Chip, Time } from '../parts'
import { Shape } from '../shape'
import { Table, tableForms, type Column } from '../table'
import * as t from '../texts/asset'
import { Why } from './decisions'
import { Lineage } from './mini'
import { BESIDE, type DatasetDetail, type Detail } from './queries'
import { fold } from './reasons'

/** Overview is what somebody wants to know first: where it stands between others, why, and what came of it lately. */
export function Overview({ a, now }: { a: Detail; now: number }) {
  const [left, right] = a.__typename === 'Dataset' ? [{ title: t.madeBy, list: a.producers }, { title: t.readBy, list: a.consumers }] : [{ title: t.reads, list: a.inputs }, { title: t.writes, list: a.outputs }]
  return (
    <>
      <Pane title={t.lineage} id="lineage"><Lineage id={a.id} /></Pane>
      <Why id={a.id} now={now} />
      <div className="columns even">
        <div>
          {a.__typename === 'Dataset' && <DatasetPanes a={a} now={now} />}
        </div>
        <div>
          <Beside {...left} id={a.id} up />
          <Beside {...right} id={a.id} up={false} />
        </div>
      </div>
    </>
  )
}

const route = getRouteApi('/a/$id')
type Side = { id: string; up: boolean }

/** Beside shows the first of what lies on one side of an asset, and all of it when asked. */
function Beside({ title, list, id, up }: Side & { title: string; list: Part<Asset> & { totalCount: number | null } }) {
  const { beside = [] } = route.useSearch()
  const navigate = route.useNavigate()
  const side = up ? 'up' : 'down'
  const all = beside.includes(side)
  const unfold = () => void navigate({ search: (s) => ({ ...s, beside: all ? beside.filter((x) => x !== side) : [...beside, side] }), replace: true, resetScroll: false })
  const total = list.totalCount
  return (
    <Pane title={title} empty={list.nodes.length === 0 && t.nobody} extra={<span className="soft">{total ?? t.tooMany}</span>}>
      {all ? <AllBeside label={title} id={id} up={up} /> : <ul className="plain">{list.nodes.map((x) => <li key={x.id}><AssetLink asset={x} /></li>)}</ul>}
      {list.pageInfo.hasNextPage && <button className="quiet" aria-expanded={all} onClick={unfold}>{all ? t.fewer : t.allOf(total)}</button>}
    </Pane>
  )
}

const besideOf = (d: AssetBesideQuery) => (d.node?.__typename === 'Dataset' ? (d.node.producers ?? d.node.consumers) : d.node?.__typename === 'Job' ? (d.node.inputs ?? d.node.outputs) : null)
const columns: Column<Asset>[] = [
  { key: 'name', title: t.names.name, width: 'minmax(180px, 2fr)', cell: (x) => <AssetLink asset={x} />, value: (x) => x.name.name },
  { key: 'namespace', title: t.names.namespace, width: 'minmax(120px, 1fr)', cell: (x) => <bdi className="soft" title={x.name.namespace}>{x.name.namespace}</bdi>, value: (x) => x.name.namespace },
]

function AllBeside({ label, id, up }: Side & { label: string }) {
  const variables = { id, upstream: up }
  const { answer, rows, more, next } = usePaged(BESIDE, variables, besideOf, { key: (x: Asset) => x.id })
  const total = answer.data ? besideOf(answer.data)?.totalCount : undefined
  return <Body answer={answer} rows={10} hidden={more ? { count: total ? total - rows.length : null, why: t.scrollOn } : undefined}><p className="line"><CopyAs of={{ ...tableForms(columns, rows, more), asked: asked(BESIDE, variables), file: label.toLowerCase() }} /></p><div className="beside"><Table label={label} columns={columns} rows={rows} rowKey={(x) => x.id} total={total} onEnd={more ? next : undefined} /></div></Body>
}

function DatasetPanes({ a, now }: { a: DatasetDetail; now: number }) {
  const checks = fold(a.checks.nodes)
  return (
    <>
      <Pane title={t.versions} empty={a.versions.nodes.length === 0 && t.noVersion} hidden={a.versions.pageInfo.hasNextPage ? { count: null, why: t.onlyLast(a.versions.nodes.length) } : undefined}>
        <table><tbody>
          {a.versions.nodes.map((v) => <tr key={v.id}><td><Time at={v.producedAt} now={now} />{v.partition && <bdi className="tag">{v.partition}</bdi>}{v.tainted && <> <span className="chip bad"><Shape kind="cross" />{t.tainted}</span></>}</td><td>{v.run?.job ? <AssetLink asset={v.run.job} /> : <span className="soft">{t.noRunOf}</span>}</td><td><code title={v.run?.runId}>{v.run?.runId.slice(0, 8)}</code></td></tr>)}
        </tbody></table>
      </Pane>
      <Pane title={t.checks} empty={checks.length === 0 && t.noCheck} hidden={a.checks.pageInfo.hasNextPage ? { count: null, why: t.onlyResults(a.checks.nodes.length) } : undefined}>
        <table><tbody>
          {checks.map((c) => (
            <tr key={c.key}>
              <td><Chip code={c.newest.outcome} /></td>
              <td><bdi>{c.name}{c.field ? ` (${c.field})` : ''}</bdi>{c.newest.outcome === 'FAIL' && c.newest.message && <p className="soft">{c.newest.message}</p>}</td>
              <td className="soft">{t.passed(c.results.filter((r) => r.outcome === 'PASS').length, c.results.length)}</td>
              <td><Time at={c.newest.at} now={now} relative /></td>
            </tr>
          ))}
        </tbody></table>
      </Pane>
    </>
  )
}
