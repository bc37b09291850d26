import { Background, Controls, Handle, MarkerType, Position, ReactFlow, type Edge, type Node, type NodeProps } from '@xyflow/react'
import '@xyflow/react/dist/style.css'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { LINEAGE, type LineageAsset, type LineageData } from '../api'
import { layout } from './layout'
import { Body } from '../pane'
import { AssetLink } from '../parts'
import { useLiveQuery } from '../query'
import { AssetIcon, Shape } from '../shape'
import { short, status } from '../words'

type Data = { asset: LineageAsset | null; focus: boolean; hiddenUp: number; hiddenDown: number }
type Scene = { nodes: Node<Data>[]; edges: Edge[]; height: number }
const WIDTH = 236
const HEIGHT = 54
const COLUMN = WIDTH + 56
const ROW = HEIGHT + 20

/** state is the code of a node's status; null: nothing is asked of it. */
function state(a: LineageAsset | null): string | null {
  if (a?.__typename === 'Job') return a.latestRun?.state ?? null
  return a && a.freshness.state !== 'NONE' && a.freshness.state !== 'EXEMPT' ? a.freshness.state : null
}

function AssetNode({ data }: NodeProps<Node<Data>>) {
  const a = data.asset
  const code = state(a)
  const s = code ? status(code) : null
  return (
    <div className={`node ${a?.__typename === 'Job' ? 'job' : 'dataset'} ${s?.tone ?? 'none'} ${data.focus ? 'focus' : ''}`}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      {data.hiddenUp > 0 && <span className="more left" title={`${data.hiddenUp} more upstream`}>+{data.hiddenUp}</span>}
      {a ? <Link to="/a/$id" params={{ id: a.id }} title={`${a.name.namespace}/${a.name.name}`} aria-current={data.focus ? 'true' : undefined}><AssetIcon job={a.__typename === 'Job'} /><span>{short(a.name.name, a.__typename === 'Job' ? 22 : 24)}</span></Link> : <span>not known any more</span>}
      <span className="state">{s ? <><Shape kind={s.shape} />{a?.__typename === 'Job' ? `last run ${s.word}` : s.word}</> : a?.__typename === 'Job' ? 'no run seen' : a?.kind.toLowerCase().replace('_', ' ')}</span>
      {data.hiddenDown > 0 && <span className="more right" title={`${data.hiddenDown} more downstream`}>+{data.hiddenDown}</span>}
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  )
}
const types = { asset: AssetNode }
const route = getRouteApi('/a/$id')

/** Lineage draws what is around one asset; the server says what is hidden. Hops count assets of the same kind. */
export default function Lineage({ id }: { id: string }) {
  const { hops = 1 } = route.useSearch()
  const navigate = route.useNavigate()
  const answer = useLiveQuery(LINEAGE, { id, depth: hops * 2, max: 60 })
  const l = answer.data?.lineage
  const scene = useMemo(() => (l ? draw(l, id) : null), [l, id])
  if (!l || !scene) return <Body answer={answer} />
  return (
    <>
      {answer.error && <Body answer={answer} />}
      <div className="canvas" data-nodes={scene.nodes.length} style={{ height: scene.height }}>
        <ReactFlow
          key={hops} nodes={scene.nodes} edges={scene.edges} nodeTypes={types} fitView fitViewOptions={{ minZoom: 0.6, maxZoom: 1, padding: 0.08 }} minZoom={0.2} maxZoom={1.6}
          nodesDraggable={false} nodesConnectable={false} nodesFocusable={false} edgesFocusable={false} elementsSelectable={false} zoomOnScroll={false} preventScrolling={false} proOptions={{ hideAttribution: true }}
        >
          <Background gap={24} />
          <Controls showInteractive={false} position="bottom-right" orientation="horizontal" />
        </ReactFlow>
      </div>
      <div className="line under">
        <label>hops <select value={hops} onChange={(e) => void navigate({ search: (s) => ({ ...s, hops: Number(e.target.value) }), replace: true })}>{[1, 2, 3, 5].map((d) => <option key={d}>{d}</option>)}</select></label>
        <span className="soft">{l.nodes.length} shown{l.complete ? ', nothing is hidden' : '; +n counts the neighbours that are not drawn'}</span>
      </div>
      <details>
        <summary>The same as a table</summary>
        <table><thead><tr><th>from</th><th>relation</th><th>to</th></tr></thead><tbody>{l.edges.map((e, i) => <tr key={i}><td><AssetLink asset={find(l, e.source)} /></td><td className="soft">{e.type.toLowerCase()}</td><td><AssetLink asset={find(l, e.target)} /></td></tr>)}</tbody></table>
      </details>
    </>
  )
}

function find(l: LineageData, id: string): LineageAsset | null {
  return l.nodes.find((n) => n.id === id || n.asset?.id === id)?.asset ?? null
}

function draw(l: LineageData, focus: string): Scene {
  const places = layout(l.nodes.map((n) => n.asset?.id ?? n.id), l.edges)
  const rows = new Map<number, number>()
  for (const p of places) rows.set(p.rank, (rows.get(p.rank) ?? 0) + 1)
  const tallest = Math.max(1, ...rows.values())
  const at = new Map(places.map((p) => [p.id, p]))
  const nodes = l.nodes.map((n): Node<Data> => {
    const id = n.asset?.id ?? n.id
    const p = at.get(id)!
    const offset = ((tallest - rows.get(p.rank)!) * ROW) / 2
    return { id, type: 'asset', position: { x: p.rank * COLUMN, y: offset + p.slot * ROW }, width: WIDTH, height: HEIGHT, data: { asset: n.asset, focus: id === focus, hiddenUp: n.hiddenUpstream, hiddenDown: n.hiddenDownstream } }
  })
  const edges = l.edges.filter((e) => at.has(e.source) && at.has(e.target) && e.source !== e.target)
  return {
    nodes,
    edges: edges.map((e, i) => ({ id: `${i}`, source: e.source, target: e.target, markerEnd: { type: MarkerType.Arrow, width: 16, height: 16 }, className: at.get(e.source)!.rank >= at.get(e.target)!.rank ? 'back' : undefined })),
    height: Math.min(520, Math.max(220, tallest * ROW + 96)),
  }
}
