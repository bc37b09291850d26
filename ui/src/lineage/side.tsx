// What is known of the selected drawable, beside the picture.
import { Link } from '@tanstack/react-router'
import { useDeferredValue, useEffect, useRef, useState, type ReactNode } from 'react'
import { asked } from '../asked'
import { FindColumn, useColumns } from '../columns/find'
import { urnOf } from '../commands'
import { Called } from '../called'
import { CopyAs } from '../copyas'
import { Drawer } from '../drawer'
import { useNow } from '../live'
import { Body } from '../pane'
import { usePaged } from '../paged'
import { Chip, Says, Time } from '../parts'
import { AssetIcon } from '../shape'
import * as t from '../texts/lineage'
import { fullName, status } from '../words'
import { commandOf } from './command'
import { NEIGHBOURS, SCENE, type Drawable, type Scene } from './queries'
import { endsOf, kindOf, placeOf, stateOf, type End } from './scene'
import { question, type LineageSearch } from './search'

export type Deeds = {
  onClose: () => void
  onSelect: (key: string) => void
  onExpand: (d: Drawable, side: 'u' | 'd') => void
  onShow: (id: string) => void
  set: (s: Partial<LineageSearch>) => void
}
type Props = { d: Drawable; scene: Scene; search: LineageSearch } & Deeds

export function Side(props: Props) {
  const { d, onClose } = props
  // Who goes along the picture by keys stays there; a list is for its own sake.
  const before = useRef(document.activeElement)
  useEffect(() => {
    if (d.bundle) return
    const at = before.current
    if (at instanceof HTMLElement && at !== document.body && at.isConnected && !at.closest('.drawer')) at.focus({ preventScroll: true })
    else document.getElementById('main')?.focus({ preventScroll: true })
  }, [d.bundle])
  return d.bundle
    ? <Drawer title={t.bundleList(d.bundle.count, t.bundleSide[d.bundle.side], d.name.name)} onClose={onClose}><Members {...props} /></Drawer>
    : <Drawer title={<bdi>{d.name.name}</bdi>} onClose={onClose}><Facts {...props} /></Drawer>
}

function Facts({ d, scene, search, onSelect, onExpand, set }: Props) {
  const now = useNow()
  const code = stateOf(d)
  const past = search.asOf !== undefined
  const focus = search.focus?.[0]
  const fresh = { x: undefined, show: undefined, to: undefined, way: undefined, col: undefined, lock: undefined, sel: d.id } as const
  const name = urnOf(d.type, d.name)
  const alone: LineageSearch = { focus: [d.id], up: search.up, down: search.down, asOf: search.asOf }
  return (
    <>
      <p className="line"><span className="tag" title={d.name.namespace}><bdi>{d.name.namespace}</bdi></span> <span className="soft">{kindOf(d)} · {placeOf(d)}</span></p>
      <div className="line buttons">
        <Link className="button" to="/a/$id" params={{ id: d.id }}>{t.node.open}</Link>
        {!past && <Link className="button" to="/a/$id" params={{ id: d.id }} hash="why">{t.node.why}</Link>}
        {!d.focus && <button onClick={() => set({ ...fresh, focus: [d.id] })}>{t.node.focus} <kbd>f</kbd></button>}
        {!d.focus && focus && search.band !== 'COLUMN' && <button onClick={() => set({ ...fresh, ...(d.distance < 0 ? { focus: [d.id], to: focus } : { to: d.id }) })}>{d.distance < 0 ? t.node.pathFrom : t.node.path} <kbd>p</kbd></button>}
        {d.type === 'DATASET' && search.band !== 'COLUMN' && <button onClick={() => set({ ...fresh, focus: [d.id], band: 'COLUMN' })}>{t.node.columns} <kbd>c</kbd></button>}
        <CopyAs of={{ urn: name, cli: commandOf(alone, scene), json: () => d, file: d.name.name, asked: asked(SCENE, question(alone)) }} />
      </div>
      <dl className="facts-list">
        <Fact name={t.node.status}>{past ? <span className="soft">{t.node.unknownThen}</span> : code ? <><Chip code={code} /> {d.freshness && <Says text={d.freshness.says} now={now} />}</> : <span className="soft">{d.type === 'JOB' ? t.noRun : t.node.noPolicy}</span>}</Fact>
        {d.type === 'JOB' && d.lastRun && <Fact name={t.node.lastRun}>{status(d.lastRun.state).word} <Time at={d.lastRun.startedAt} now={now} relative /></Fact>}
        <Fact name={t.node.owner}>{d.asset && d.asset.owners.length > 0 ? <bdi>{d.asset.owners.map((o) => o.name).join(', ')}</bdi> : <span className="soft">{t.node.none}</span>}</Fact>
        <Fact name={t.node.inputs}><Ends list={endsOf(scene, d.key, 'target', 'source')} onSelect={onSelect} /></Fact>
        <Fact name={t.node.outputs}><Ends list={endsOf(scene, d.key, 'source', 'target')} onSelect={onSelect} /></Fact>
        <Fact name={t.node.beyond}>{t.hidden(d.hiddenUpstream, d.hiddenDownstream) || <span className="soft">{t.nothingHidden}</span>}</Fact>
      </dl>
      {search.band !== 'COLUMN' && <p className="line">
        {d.hiddenUpstream > 0 && <button onClick={() => onExpand(d, 'u')}>{t.node.widenUp} <kbd>u</kbd></button>}
        {d.hiddenDownstream > 0 && <button onClick={() => onExpand(d, 'd')}>{t.node.widenDown} <kbd>d</kbd></button>}
      </p>}
      {search.band === 'COLUMN' && d.type === 'DATASET' && <Columns key={d.id} d={d} col={search.col} set={set} />}
    </>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return <><dt>{name}</dt><dd>{children}</dd></>
}

function Ends({ list, onSelect }: { list: End[]; onSelect: (key: string) => void }) {
  if (list.length === 0) return <span className="soft">—</span>
  return <ul className="ends">{list.map(({ d, policy }) => <li key={d.key}><button className="quiet" title={fullName(d.name)} onClick={() => onSelect(d.key)}>{d.bundle ? t.bundle(d.bundle.count) : <><AssetIcon job={d.type === 'JOB'} /> <bdi>{d.name.name}</bdi></>}</button>{policy && <> <Link className="soft" to="/policies" search={{ name: policy }} title={t.declaredWhy}>{t.declared(policy)}</Link></>}</li>)}</ul>
}

/** Members lists what a bundle holds, as far as the reader goes. */
function Members({ d, scene, search, onShow }: Props) {
  const [q, setQ] = useState('')
  const asked = useDeferredValue(q.trim())
  const { band, asOf, fold, filter } = question(search)
  const drawn = new Set(scene.drawables.filter((x) => !x.bundle).map((x) => x.id))
  const { answer, rows, more, next } = usePaged(NEIGHBOURS, { of: d.id, side: d.bundle!.side, band, asOf, fold, filter, search: asked || null, first: 100, after: null }, (x) => x.sceneNeighbours, { key: (n) => n.id, keep: true })
  const total = answer.data?.sceneNeighbours.totalCount
  return (
    <>
      <input type="search" className="members" autoFocus placeholder={t.searchMembers} aria-label={t.searchMembers} autoComplete="off" spellCheck={false} maxLength={500} value={q} onChange={(e) => setQ(e.target.value)} />
      <p className="soft" role="status">{typeof total === 'number' && t.found(total)}{answer.data?.sceneNeighbours.complete === false && ` ${t.membersCut}`}</p>
      <Body answer={answer} rows={8} filtered={rows.length === 0 && t.nothingFound}>
        <ul className="member-list" aria-label={t.members}>
          {rows.map((n) => {
            const code = stateOf(n)
            return (
              <li key={n.id}>
                <AssetIcon job={n.type === 'JOB'} /><Link to="/a/$id" params={{ id: n.id }} ><Called name={n.name.name} title={fullName(n.name)} /></Link>{code && <Chip code={code} />}
                {drawn.has(n.id) ? <span className="soft">{t.isDrawn}</span> : <button onClick={() => onShow(n.id)}>{t.draw}</button>}
              </li>
            )
          })}
        </ul>
        {more && <button onClick={next}>{t.more}</button>}
      </Body>
    </>
  )
}

/** Columns lets one column of the focus be followed. */
function Columns({ d, col, set }: { d: Drawable; col: string | undefined; set: (s: Partial<LineageSearch>) => void }) {
  const [q, setQ] = useState('')
  const { answer, rows, more, next, total } = useColumns(d.id, q)
  return (
    <section aria-labelledby="columns-title">
      <h3 id="columns-title">{t.columns.follow}</h3>
      {d.focus && col && <p className="line">{t.columns.followed(col)} <button onClick={() => set({ col: undefined, lock: undefined })}>{t.columns.all}</button></p>}
      <FindColumn label={t.columns.search} value={q} onFind={setQ} wide />
      <p className="soft" role="status">{rows.length < total && t.columns.read(rows.length, total)}</p>
      <Body answer={answer} empty={q === '' && rows.length === 0 && t.columns.none} filtered={rows.length === 0 && t.nothingFound}>
        <ul className="member-list">{rows.map((c) => <li key={c.name}><button className="quiet" aria-pressed={d.focus && c.name === col} onClick={() => set(d.focus ? { col: c.name, lock: `${d.key}#${c.name}` } : { focus: [d.id], sel: d.id, col: c.name, lock: undefined })}><Called name={c.name} /></button><span className="soft">{c.type}</span></li>)}</ul>
        {more && <button onClick={next}>{t.more}</button>}
      </Body>
    </section>
  )
}
