// Draws a scene: the server has said what stands where, here it becomes pixels.
import { Background, BaseEdge, Controls, Handle, MarkerType, MiniMap, Position, ReactFlow, type Edge, type EdgeProps, type Node, type NodeProps, type ReactFlowInstance, type Viewport } from '@xyflow/react'
import '@xyflow/react/dist/style.css'
import { createContext, memo, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react'
import { Called } from '../called'
import { AssetIcon, Shape } from '../shape'
import { grouped } from '../texts/count'
import * as t from '../texts/lineage'
import { fullName, status } from '../words'
import type { Drawable, Scene, SceneEdge } from './queries'
import { COLUMN, extent, height, HEIGHT, kindOf, laneHeight, lanePath, LINE, port, reached, ROW, stateOf, stateWord, view, WIDTH } from './scene'
import './lineage.css'

export type Hands = {
  onSelect: (key: string) => void
  onExpand?: (d: Drawable, side: 'u' | 'd') => void
  onLock?: (spot: string) => void
}
type Shared = Hands & { hot: ReadonlySet<string> | null; onHover: (spot: string | null) => void; selected?: string; way: number | null; past: boolean }
const Context = createContext<Shared>({ onSelect: () => {}, hot: null, onHover: () => {}, way: null, past: false })
type Data = { d: Drawable }

/** handle is where an edge ends, as a node is measured: else edges jump when it is. */
const handle = (type: 'source' | 'target', d: Drawable, column: string | null) => ({
  id: column === null ? null : `c ${column}`, type, position: type === 'source' ? Position.Right : Position.Left, x: (type === 'source' ? WIDTH : 0) - 0.5, y: port(d, column) - 0.5, width: 1, height: 1,
})

/** Ends are where edges end: beside the card, whose borders are of many widths. */
function Ends({ d, column }: { d: Drawable; column: string | null }) {
  const { id, ...at } = { id: column === null ? undefined : `c ${column}`, isConnectable: false, style: { top: port(d, column) } }
  return <><Handle id={id} type="target" position={Position.Left} {...at} /><Handle id={id} type="source" position={Position.Right} {...at} /></>
}

const Card = memo(function Card({ data: { d } }: NodeProps<Node<Data>>) {
  const { selected, onSelect, onExpand, onHover, onLock, hot, way, past } = useContext(Context)
  const code = stateOf(d)
  const s = code ? status(code) : null
  const off = way !== null && !d.ways.includes(way)
  return (
    <>
      <Ends d={d} column={null} />
      {d.columns.map((c) => <Ends key={c.name} d={d} column={c.name} />)}
      <div className={`node ${d.bundle ? 'bundle' : d.type === 'JOB' ? 'job' : 'dataset'} ${s?.tone ?? 'none'}${d.focus ? ' focus' : ''}${d.key === selected ? ' selected' : ''}${off ? ' off' : ''}${d.columns.length > 0 ? ' wide' : ''}`} data-key={d.key} style={{ height: height(d) }}>
        {d.hiddenUpstream > 0 && <More n={d.hiddenUpstream} what={t.moreUp(d.hiddenUpstream)} side="left" onClick={onExpand && (() => onExpand(d, 'u'))} />}
        <button className="face nodrag" tabIndex={-1} aria-label={`${d.bundle ? t.bundleList(d.bundle.count, t.bundleSide[d.bundle.side], d.name.name) : d.name.name}, ${d.bundle ? '' : stateWord(d, past)}`} title={d.bundle ? undefined : fullName(d.name)} aria-current={d.focus || undefined} onClick={() => onSelect(d.key)}>
          <span className="line-of-name">{d.bundle ? <Shape kind="skip" /> : <AssetIcon job={d.type === 'JOB'} />}{d.bundle ? <bdi>{t.bundle(d.bundle.count)}</bdi> : <Called name={d.name.name} title={fullName(d.name)} />}</span>
          <span className="state">{d.bundle ? <Worst d={d} /> : s ? <><Shape kind={s.shape} />{s.word}<span className="what">{kindOf(d)}</span></> : stateWord(d, past)}{d.selfLoop && <span className="loop" title={t.selfLoop} role="img" aria-label={t.selfLoop}>↻</span>}</span>
        </button>
        {d.columns.map((c, i) => {
          const at = `${d.key}#${c.name}`
          return <button key={c.name} className={`column nodrag${c.related ? '' : ' other'}${hot?.has(at) ? ' hot' : hot ? ' cold' : ''}`} tabIndex={-1} style={{ top: HEIGHT + i * LINE }} title={c.name} onPointerEnter={() => onHover(at)} onPointerLeave={() => onHover(null)} onClick={() => onLock?.(at)}><Called name={c.name} /></button>
        })}
        {d.hiddenColumns > 0 && <button className="column rest nodrag" tabIndex={-1} style={{ top: HEIGHT + d.columns.length * LINE }} title={t.columns.search} onClick={() => onSelect(d.key)}>{t.moreColumns(d.hiddenColumns)}</button>}
        {d.hiddenDownstream > 0 && <More n={d.hiddenDownstream} what={t.moreDown(d.hiddenDownstream)} side="right" onClick={onExpand && (() => onExpand(d, 'd'))} />}
      </div>
    </>
  )
})

function More({ n, what, side, onClick }: { n: number; what: string; side: 'left' | 'right'; onClick?: () => void }) {
  const text = `+${grouped(n)}`
  return onClick ? <button className={`more nodrag ${side}`} tabIndex={-1} title={what} aria-label={what} onClick={onClick}>{text}</button> : <span className={`more ${side}`} title={what}>{text}</span>
}

/** Worst says how the worst of a bundle stand. */
function Worst({ d }: { d: Drawable }) {
  const worst = d.bundle!.states.filter((s) => s.state !== 'FRESH' && s.state !== 'EXEMPT' && s.state !== 'NONE').slice(0, 2)
  return <>{t.bundleSide[d.bundle!.side]}{worst.map((s) => <span key={s.state} className={`count ${status(s.state).tone}`}><Shape kind={status(s.state).shape} />{s.count} {status(s.state).word}</span>)}</>
}

const types = { card: Card }

function Lane({ sourceX, sourceY, targetX, targetY, data, label, labelShowBg, markerEnd }: EdgeProps<Edge<{ row: number }>>) {
  return <BaseEdge path={lanePath(sourceX, sourceY, targetX, targetY, data!.row)} label={label} labelX={(sourceX + targetX) / 2} labelY={laneHeight(data!.row)} labelShowBg={labelShowBg} markerEnd={markerEnd} />
}

const edgeTypes = { lane: Lane }

function nodesOf(s: Scene): Node<Data>[] {
  const used = new Map<string, Set<string>>()
  for (const e of s.edges) {
    for (const [key, column] of [[e.source, e.sourceColumn], [e.target, e.targetColumn]] as const) if (column !== null) used.set(key, (used.get(key) ?? new Set()).add(column))
  }
  return s.drawables.map((d) => ({
    id: d.key, type: 'card', position: { x: d.rank * COLUMN, y: d.row * ROW }, width: WIDTH, height: height(d), data: { d },
    handles: [null, ...(used.get(d.key) ?? [])].flatMap((c) => [handle('source', d, c), handle('target', d, c)]),
  }))
}

function edgesOf(s: Scene, way: Set<string> | null, hot: Set<SceneEdge> | null, selected: string | undefined): Edge[] {
  return s.edges.map((e, i) => {
    const bold = hot ? hot.has(e) : way ? way.has(`${e.source} ${e.target}`) : e.source === selected || e.target === selected
    const off = (hot && !bold) || (way && !bold)
    return {
      id: `${e.source} ${e.sourceColumn ?? ''} ${e.target} ${e.targetColumn ?? ''} ${i}`, source: e.source, target: e.target, sourceHandle: e.sourceColumn === null ? null : `c ${e.sourceColumn}`, targetHandle: e.targetColumn === null ? null : `c ${e.targetColumn}`,
      ...(e.lane !== null && { type: 'lane', data: { row: e.lane } }),
      markerEnd: { type: MarkerType.Arrow, width: 16, height: 16 }, className: [e.back && 'back', e.origin === 'DECLARED' && 'declared', bold && 'bold', off && 'off'].filter(Boolean).join(' '),
      label: e.through > 0 ? `·${e.through}` : undefined, ariaLabel: e.through > 0 ? t.through(e.through) : undefined, labelShowBg: true, focusable: false,
    }
  })
}

/** wayOf are the pairs that a way leads over. */
function wayOf(s: Scene, way: number | null): Set<string> | null {
  const ids = way === null ? undefined : s.ways[way]?.assets
  return ids ? new Set(ids.slice(1).map((id, i) => `${ids[i]} ${id}`)) : null
}

type Props = Hands & { scene: Scene; selected?: string; lock?: string; way?: number | null; expanded?: boolean; map?: boolean; still?: boolean; past?: boolean }

/** Canvas is fitted once, when it is first shown: a new scene moves nothing. */
export function Canvas({ scene, selected, lock, way = null, expanded = false, map = false, still = false, past = false, ...hands }: Props) {
  const [hover, setHover] = useState<string | null>(null)
  const start = hover ?? lock ?? null
  const hot = useMemo(() => (start ? reached(scene, start) : null), [scene, start])
  const nodes = useMemo(() => nodesOf(scene), [scene])
  const edges = useMemo(() => edgesOf(scene, wayOf(scene, way), hot?.edges ?? null, selected), [scene, way, hot, selected])
  const { onSelect, onExpand, onLock } = hands
  const shared = useMemo(() => ({ onSelect, onExpand, onLock, hot: hot?.spots ?? null, onHover: setHover, selected, way, past }), [onSelect, onExpand, onLock, hot, selected, way, past])
  const flow = useRef<ReactFlowInstance<Node<Data>>>(null)
  const before = useRef<Viewport>(null)
  // Collapsed, the picture is the one of before, from where it was seen: what was expanded may have moved it.
  useEffect(() => {
    if (expanded) before.current = flow.current?.getViewport() ?? null
    else if (before.current) void flow.current?.setViewport(before.current)
  }, [expanded])
  useEffect(() => {
    const d = scene.drawables.find((x) => x.key === selected)
    if (!flow.current || !d) return
    // Once the drawer has taken its room.
    const soon = window.setTimeout(() => flow.current && reveal(flow.current, d), 60)
    return () => window.clearTimeout(soon)
    // eslint-disable-next-line react-hooks/exhaustive-deps -- a scene that changes moves nothing
  }, [selected])
  const init = useCallback((of: ReactFlowInstance<Node<Data>>) => {
    flow.current = of
    fit(of, scene)
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once
  }, [])
  return (
    <Context value={shared}>
      <ReactFlow
        nodes={nodes} edges={edges} nodeTypes={types} edgeTypes={edgeTypes} onInit={init} minZoom={0.15} maxZoom={1.6} onlyRenderVisibleElements={nodes.length > 60}
        nodesDraggable={false} nodesConnectable={false} nodesFocusable={false} edgesFocusable={false} elementsSelectable={false} zoomOnDoubleClick={false} disableKeyboardA11y panOnScroll={false} zoomOnScroll={!still} preventScrolling={!still} proOptions={{ hideAttribution: true }}
      >
        <Background gap={24} />
        <Controls showInteractive={false} position="bottom-right" orientation="horizontal" />
        {map && scene.drawables.length > 12 && <MiniMap pannable zoomable position="top-right" ariaLabel={null} nodeClassName={(n) => `mini ${tone((n.data as Data).d)}`} nodeBorderRadius={8} />}
      </ReactFlow>
    </Context>
  )
}

const tone = (d: Drawable) => {
  const s = stateOf(d)
  return `${s ? status(s).tone : 'none'}${d.focus ? ' focus' : ''}`
}

/** reveal moves the picture as little as is needed to see a drawable. */
function reveal(flow: ReactFlowInstance<Node<Data>>, d: Drawable) {
  const box = document.querySelector('.react-flow')?.getBoundingClientRect()
  if (!box) return
  const { x, y, zoom } = flow.getViewport()
  const edge = 24
  const shift = (at: number, size: number, room: number) => (at < edge ? edge - at : at + size > room - edge ? Math.max(room - edge - size, edge) - at : 0)
  const [dx, dy] = [shift(d.rank * COLUMN * zoom + x, WIDTH * zoom, box.width), shift(d.row * ROW * zoom + y, height(d) * zoom, box.height)]
  if (dx || dy) void flow.setViewport({ x: x + dx, y: y + dy, zoom })
}

/** fit shows all of a scene where it can be read then, else its focus and as much beside it as there is room for. */
function fit(flow: ReactFlowInstance<Node<Data>>, scene: Scene) {
  const box = document.querySelector('.react-flow')?.getBoundingClientRect()
  const focus = scene.drawables.find((d) => d.focus)
  if (!box || scene.drawables.length === 0) return
  const { x, y, zoom } = view(extent(scene.drawables), box, focus && { x: focus.rank * COLUMN + WIDTH / 2, y: focus.row * ROW + HEIGHT / 2 })
  void flow.setViewport({ x, y, zoom })
}
