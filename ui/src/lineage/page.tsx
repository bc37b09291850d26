import { getRouteApi } from '@tanstack/react-router'
import { useCallback, useDeferredValue, useEffect, useMemo, useRef } from 'react'
import { asked as askedOf } from '../asked'
import { CopyAs } from '../copyas'
import { useKeys } from '../keys'
import { Failed, Skeleton } from '../pane'
import { useLiveQuery } from '../query'
import { Shape } from '../shape'
import { tableForms } from '../table'
import * as t from '../texts/lineage'
import * as shell from '../texts/shell'
import { Bar } from './bar'
import { Canvas } from './canvas'
import { commandOf } from './command'
import { Outline } from './outline'
import { Picker, remember } from './picker'
import { DECIDED, MARKS, SCENE, type Drawable, type Scene } from './queries'
import { kindOf, placeOf, stateWord, step } from './scene'
import { decided, question, type LineageSearch } from './search'
import { Side } from './side'
import { useStill } from './still'
import { Take } from './take'
import { Past, stepped, TimeLine, type Times } from './times'
import { columnsOf, Twin } from './twin'
import './lineage.css'
import { fullName } from '../words'

const route = getRouteApi('/lineage')

export default function Lineage() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const set = useCallback((s: Partial<LineageSearch>, replace = false) => void navigate({ search: (old) => ({ ...old, ...s }), replace }), [navigate])
  const chosen = useRef(false) // from the list: keys go on in the picture
  return (
    <main id="main" tabIndex={-1} className="lineage">
      {search.focus && decided(search.asOf) ? <Then id={decided(search.asOf)!} search={search} set={set} /> : search.focus ? <Picture search={search} set={set} chosen={chosen.current} /> : <Picker onPick={(id) => {
        chosen.current = true
        set({ focus: [id] })
      }} />}
    </main>
  )
}

type Props = { search: LineageSearch; set: (s: Partial<LineageSearch>, replace?: boolean) => void; of?: string; chosen?: boolean }

/** Then is the picture of when something was decided; the address keeps its id. */
function Then({ id, search, set }: Props & { id: string }) {
  const answer = useLiveQuery(DECIDED, { id }, { still: true })
  const node = answer.data?.node
  const at = node && ('at' in node ? node.at : 'createdAt' in node ? node.createdAt : undefined)
  if (at) return <Picture search={{ ...search, asOf: at }} set={set} of={id} />
  if (answer.error) return <Failed answer={answer} />
  return answer.data ? <p className="note">{t.noDecision} <button onClick={() => set({ asOf: undefined })}>{t.backToNow}</button></p> : <Skeleton rows={1} tall={480} />
}

function Picture({ search, set, of, chosen }: Props) {
  const navigate = route.useNavigate()
  const asked = useMemo(() => question(search), [search])
  const key = JSON.stringify(asked)
  const answer = useLiveQuery(SCENE, asked, { keep: true, still: search.asOf !== undefined })
  const { scene, changes, show } = useStill(answer.old ? undefined : answer.data?.lineageScene, key)
  // The lists of a large picture come piece by piece behind it: the page can answer meanwhile.
  const listed = useDeferredValue(scene, undefined)
  const rail = !search.bare
  const at = useRef<HTMLElement>(null)
  const there = scene !== undefined
  useEffect(() => {
    if (there && chosen && document.activeElement === document.body) at.current?.focus({ preventScroll: true })
  }, [there, chosen])
  const focus = scene?.drawables.find((d) => d.focus && !d.bundle)
  const selected = scene?.drawables.find((d) => d.key === search.sel)
  const marks = useMarks(search, scene)
  useEffect(() => {
    if (focus) remember({ __typename: focus.type === 'JOB' ? 'Job' : 'Dataset', id: focus.id, name: focus.name })
  }, [focus?.id])
  const onSelect = useCallback((k: string) => set({ sel: k }, true), [set])
  const onExpand = useCallback((d: Drawable, side: 'u' | 'd') => set({ x: [...(search.x ?? []), `${side}-${d.id}`], sel: d.key }), [set, search.x])
  const onLock = useCallback((spot: string) => set({ lock: search.lock === spot ? undefined : spot }, true), [set, search.lock])
  const onSort = useCallback((sort: string | undefined) => set({ sort }, true), [set])
  const onOpen = useCallback((d: Drawable) => (d.bundle ? onSelect(d.key) : void navigate({ to: '/a/$id', params: { id: d.id } })), [navigate, onSelect])
  const times = { marks, asOf: search.asOf, go: (at: string | undefined) => set({ asOf: at }, true) }
  usePictureKeys({ search, set, scene, selected, onExpand, onOpen, times })
  const name = focus?.name.name ?? ''
  const csv = scene && columnsOf(scene)
  const hidden = scene?.drawables.reduce<[number, number, number]>(([u, d, b], x) => [u + x.hiddenUpstream, d + x.hiddenDownstream, b + (x.bundle?.count ?? 0)], [0, 0, 0])
  return (
    <>
      {search.asOf && <Past asOf={search.asOf} of={of} onNow={() => set({ asOf: undefined })} />}
      <div className="title">
        <h1 title={focus && fullName(focus.name)}>{t.title}{name && <> <span className="of"><bdi>{name}</bdi></span></>}</h1>
        <div className="line">
          <button className="quiet" onClick={() => void navigate({ search: {} })}>{t.change}</button>
          <Take search={search} name={name} />
          {scene && csv && <CopyAs of={{ file: `lineage-${name}`, ...tableForms(csv, scene.drawables), json: () => scene, cli: commandOf(search, scene), asked: askedOf(SCENE, asked) }} />}
        </div>
      </div>
      <div className="line tools"><Bar search={search} set={set} /><TimeLine {...times} /></div>
      {search.to && scene && <Ways scene={scene} search={search} set={set} />}
      {answer.error && <Failed answer={answer} />}
      {!scene ? !answer.error && <Skeleton rows={1} tall={480} /> : (
        <div className={`stage${rail ? '' : ' bare'}`} aria-busy={answer.old || undefined}>
          {rail && <Outline scene={listed} selected={search.sel} onSelect={onSelect} />}
          <section className="canvas" ref={at} tabIndex={0} aria-label={t.canvas} aria-describedby="canvas-help" data-nodes={scene.drawables.length} data-settled={!answer.old || undefined}>
            <Canvas key={`${search.focus} ${search.to ?? ''} ${search.band ?? ''}`} scene={scene} selected={search.sel} lock={search.lock} way={search.to ? (search.way ?? 0) : null} expanded={search.x !== undefined} past={search.asOf !== undefined} map onSelect={onSelect} onExpand={search.band === 'COLUMN' ? undefined : onExpand} onLock={onLock} />
            <p className="hide" id="canvas-help">{t.canvasHelp}</p>
            <p className="hide" role="status">{selected && t.selected(selected.name.name, kindOf(selected), stateWord(selected, search.asOf !== undefined), placeOf(selected))}</p>
            <button className="rail quiet" onClick={() => set({ bare: rail || undefined }, true)} aria-expanded={rail}>{rail ? t.hideOutline : t.showOutline}</button>
            {changes > 0 && <button className="pending" onClick={show}>{t.changes(changes)}</button>}
            <p className="counts"><b>{t.drawn(scene.drawables.length)}</b> {hidden && (t.hidden(...hidden) || t.nothingHidden)}{scene.cut && <span className="warn"><Shape kind="triangle" /> {t.cut[scene.cut]}</span>}{scene.deniedByRole > 0 && <span className="soft"> · {shell.access.denied(scene.deniedByRole)}</span>}</p>
          </section>
          <div className="twin">{listed && <Twin scene={listed} sort={search.sort} onSort={onSort} selected={search.sel} onSelect={onSelect} onOpen={onOpen} />}</div>
        </div>
      )}
      {scene && selected && <Side key={selected.key} d={selected} scene={scene} search={search} set={set} onSelect={onSelect} onExpand={onExpand} onShow={(id) => set({ show: [...(search.show ?? []), id] })} onClose={() => set({ sel: undefined }, true)} />}
    </>
  )
}

/** useMarks are the changes of the picture of now, also while another time is looked at. */
function useMarks(search: LineageSearch, scene: Scene | undefined): string[] {
  const { focus, band, up, down, limit } = question(search)
  const now = useLiveQuery(MARKS, { focus, band, up, down, limit }, { pause: search.asOf === undefined, still: true })
  const kept = useRef<string[]>([])
  if (search.asOf === undefined && scene) kept.current = scene.marks
  return useMemo(() => (search.asOf === undefined ? (scene?.marks ?? []) : (now.data?.lineageScene.marks ?? kept.current)), [search.asOf, scene, now.data])
}

function Ways({ scene, search, set }: Props & { scene: Scene }) {
  const nameOf = (id: string) => scene.drawables.find((d) => d.id === id && !d.bundle)?.name.name ?? '…'
  const at = search.way ?? 0
  const turn = () => set({ focus: [search.to!], to: search.focus![0], way: undefined, x: undefined, sel: undefined })
  return (
    <div className="ways" role="group" aria-label={t.ways.title(scene.ways.length)}>
      <b>{t.ways.title(scene.ways.length)}</b>
      {scene.ways.length === 0 && <><span>{t.ways.none}</span><button onClick={turn}>{t.ways.turn}</button></>}
      {scene.ways.map((w, i) => <button key={i} aria-pressed={i === at} title={w.assets.map(nameOf).join(' → ')} onClick={() => set({ way: i || undefined }, true)}>{i + 1}: {t.ways.steps(w.assets.length - 1)}</button>)}
      {scene.ways.length >= (search.k ?? 3) && <button className="quiet" onClick={() => set({ k: Math.min(50, (search.k ?? 3) * 3) })}>{t.ways.more}</button>}
      <button className="quiet" onClick={() => set({ to: undefined, way: undefined, k: undefined })}>{t.ways.end}</button>
    </div>
  )
}

type Keys = Props & { scene: Scene | undefined; selected: Drawable | undefined; onExpand: (d: Drawable, side: 'u' | 'd') => void; onOpen: (d: Drawable) => void; times: Times }

function usePictureKeys({ search, set, scene, selected, onExpand, onOpen, times }: Keys) {
  const at = selected ?? scene?.drawables.find((d) => d.focus)
  const real = at && !at.bundle ? at : undefined
  const fresh = { x: undefined, show: undefined, way: undefined, col: undefined, lock: undefined } as const
  const along = (key: string) => {
    const next = scene && at && (selected ? step(scene, at, key) : at)
    if (next) set({ sel: next.key }, true)
  }
  useKeys([
    { keys: 'u', what: t.keys.up, run: () => real && real.hiddenUpstream > 0 && onExpand(real, 'u') },
    { keys: 'd', what: t.keys.down, run: () => real && real.hiddenDownstream > 0 && onExpand(real, 'd') },
    { keys: 'f', what: t.keys.focus, run: () => real && !real.focus && set({ ...fresh, to: undefined, focus: [real.id] }) },
    { keys: 'p', what: t.keys.path, run: () => real && !real.focus && set({ ...fresh, ...(real.distance < 0 ? { focus: [real.id], to: search.focus![0] } : { to: real.id }) }) },
    { keys: 'c', what: t.keys.columns, run: () => set(search.band === 'COLUMN' ? { ...fresh, band: undefined } : { ...fresh, to: undefined, band: 'COLUMN', ...(real?.type === 'DATASET' ? { focus: [real.id] } : {}) }) },
    { keys: '[', what: t.keys.earlier, run: () => times.marks.length > 0 && times.go(stepped(times, -1)) },
    { keys: ']', what: t.keys.later, run: () => times.asOf && times.go(stepped(times, 1)) },
    { keys: 'Escape', what: t.keys.back, run: () => set(search.lock ? { lock: undefined } : { sel: undefined }, true) },
    ...['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'].map((key) => ({ keys: key, what: t.keys.along, run: () => along(key) })),
    { keys: 'Enter', what: t.keys.open, run: (e: KeyboardEvent) => e.target instanceof HTMLElement && /^(BUTTON|A|SUMMARY)$/.test(e.target.tagName) ? e.target.click() : selected && onOpen(selected) },
  ])
}
