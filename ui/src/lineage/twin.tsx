// The same scene as a table: for sorting, for screen readers, to take along.
import { memo, useMemo } from 'react'
import { Called, CalledFirst } from '../called'
import { Chip } from '../parts'
import { AssetIcon, Shape } from '../shape'
import { Table, type Column } from '../table'
import * as t from '../texts/lineage'
import { fullName, status } from '../words'
import type { Drawable, Scene } from './queries'
import { kindOf, placeOf, stateOf } from './scene'

const nameOf = (d: Drawable) => (d.bundle ? t.bundleList(d.bundle.count, t.bundleSide[d.bundle.side], d.name.name) : d.name.name)
const ownersOf = (d: Drawable) => (d.bundle ? '' : (d.asset?.owners ?? []).map((o) => o.name).join(', '))

/** columnsOf gives the columns of the table; what comes in and goes out by name. */
export function columnsOf(scene: Scene): Column<Drawable>[] {
  const names = new Map(scene.drawables.map((d) => [d.key, nameOf(d)]))
  const ends = (near: 'source' | 'target', far: 'source' | 'target', d: Drawable) => [...new Set(scene.edges.filter((e) => e[near] === d.key).map((e) => names.get(e[far])!))]
  return [
    { key: 'name', title: t.heads.name, width: 'minmax(200px, 2.2fr)', value: nameOf, cell: (d) => <span className="asset">{d.bundle ? <Shape kind="skip" /> : <AssetIcon job={d.type === 'JOB'} />}<Called name={nameOf(d)} title={fullName(d.name)} /></span> },
    { key: 'status', title: t.heads.status, width: '118px', value: (d) => { const s = stateOf(d); return s && status(s).word }, cell: (d) => { const s = stateOf(d); return s && !d.bundle && <Chip code={s} /> } },
    { key: 'kind', title: t.heads.kind, width: '104px', value: (d) => (d.bundle ? '' : kindOf(d)), cell: (d) => <span className="soft">{d.bundle ? '' : kindOf(d)}</span> },
    { key: 'place', title: t.heads.place, width: '132px', value: (d) => (d.focus ? 0 : d.distance), cell: (d) => <span className="soft">{placeOf(d)}</span> },
    { key: 'in', title: t.heads.in, width: 'minmax(120px, 1.3fr)', value: (d) => ends('target', 'source', d).join(', '), cell: (d) => <CalledFirst names={ends('target', 'source', d)} /> },
    { key: 'out', title: t.heads.out, width: 'minmax(120px, 1.3fr)', value: (d) => ends('source', 'target', d).join(', '), cell: (d) => <CalledFirst names={ends('source', 'target', d)} /> },
    { key: 'owner', title: t.heads.owner, width: 'minmax(90px, 1fr)', value: ownersOf, cell: (d) => <bdi className="soft">{ownersOf(d)}</bdi> },
    { key: 'hiddenUp', title: t.heads.hiddenUp, width: '92px', right: true, value: (d) => d.hiddenUpstream, cell: (d) => d.hiddenUpstream || '' },
    { key: 'hiddenDown', title: t.heads.hiddenDown, width: '104px', right: true, value: (d) => d.hiddenDownstream, cell: (d) => d.hiddenDownstream || '' },
    { key: 'namespace', title: t.heads.namespace, width: 'minmax(120px, 1fr)', value: (d) => d.name.namespace, cell: (d) => <bdi className="soft" title={d.name.namespace}>{d.name.namespace}</bdi> },
  ]
}

type Props = { scene: Scene; sort?: string; onSort: (s: string | undefined) => void; selected?: string; onSelect: (key: string) => void; onOpen: (d: Drawable) => void }

export const Twin = memo(function Twin({ scene, sort, onSort, selected, onSelect, onOpen }: Props) {
  const columns = useMemo(() => columnsOf(scene), [scene])
  return <Table label={t.table} columns={columns} rows={scene.drawables} rowKey={(d) => d.key} sort={sort} onSort={onSort} selected={selected} onPeek={(d) => onSelect(d.key)} onOpen={onOpen} height={32} primary />
})
