import { lazy, Suspense } from 'react'
import { Pane, Skeleton } from '../pane'
import { AssetLink, Chip, Time } from '../parts'
import { Shape } from '../shape'
import * as t from '../texts/asset'
import { Why } from './decisions'
import type { DatasetDetail, Detail } from './queries'
import { fold } from './reasons'

const Lineage = lazy(() => import('./mini'))
const SHOWN = 10

/** Overview is what somebody wants to know first: where it stands between others, why, and what came of it lately. */
export function Overview({ a, now }: { a: Detail; now: number }) {
  const [left, right] = a.__typename === 'Dataset' ? [{ title: t.madeBy, list: a.producers }, { title: t.readBy, list: a.consumers }] : [{ title: t.reads, list: a.inputs }, { title: t.writes, list: a.outputs }]
  return (
    <>
      <Pane title={t.lineage} id="lineage"><Suspense fallback={<Skeleton rows={1} tall={270} />}><Lineage id={a.id} /></Suspense></Pane>
      <Why id={a.id} now={now} />
      <div className="columns even">
        <div>
          {a.__typename === 'Dataset' && <DatasetPanes a={a} now={now} />}
        </div>
        <div>
          <Beside {...left} />
          <Beside {...right} />
        </div>
      </div>
    </>
  )
}

function Beside({ title, list }: { title: string; list: { __typename: 'Dataset' | 'Job'; id: string; name: { namespace: string; name: string } }[] }) {
  return (
    <Pane title={title} empty={list.length === 0 && t.nobody} extra={<span className="soft">{list.length || ''}</span>} hidden={{ count: Math.max(0, list.length - SHOWN) }}>
      <ul className="plain">{list.slice(0, SHOWN).map((x) => <li key={x.id}><AssetLink asset={x} max={70} /></li>)}</ul>
    </Pane>
  )
}

function DatasetPanes({ a, now }: { a: DatasetDetail; now: number }) {
  const checks = fold(a.checks.nodes)
  return (
    <>
      <Pane title={t.versions} empty={a.versions.nodes.length === 0 && t.noVersion}>
        <table><tbody>
          {a.versions.nodes.map((v) => <tr key={v.id}><td><Time at={v.producedAt} now={now} />{v.partition && <bdi className="tag">{v.partition}</bdi>}{v.tainted && <> <span className="chip bad"><Shape kind="cross" />{t.tainted}</span></>}</td><td>{v.run?.job ? <AssetLink asset={v.run.job} /> : <span className="soft">{t.noRunOf}</span>}</td><td><code title={v.run?.runId}>{v.run?.runId.slice(0, 8)}</code></td></tr>)}
        </tbody></table>
      </Pane>
      <Pane title={t.checks} empty={checks.length === 0 && t.noCheck}>
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
