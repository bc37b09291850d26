import { Background, Controls, Handle, Position, ReactFlow, type Edge, type Node, type NodeProps } from '@xyflow/react'
import '@xyflow/react/dist/style.css'
import { useMemo, useState } from 'react'
import { LINEAGE, type Asset, type LineageData } from './api'
import { layout } from './layout'
import { go, Pane, useLiveQuery } from './parts'
import { short } from './words'

type Data = { asset: Asset | null; focus: boolean; hiddenUp: number; hiddenDown: number }
const WIDTH = 240
const GAP = 70

function AssetNode({ data }: NodeProps<Node<Data>>) {
  const a = data.asset
  return (
    <div className={`node ${a?.__typename === 'Job' ? 'job' : 'dataset'} ${data.focus ? 'focus' : ''}`} title={a ? `${a.name.namespace}/${a.name.name}` : ''}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      {data.hiddenUp > 0 && <span className="more left">+{data.hiddenUp}</span>}
      <span aria-hidden="true">{a?.__typename === 'Job' ? '⚙' : '▤'}</span> {short(a?.name.name ?? 'gone', 25)}
      {data.hiddenDown > 0 && <span className="more right">+{data.hiddenDown}</span>}
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  )
}
const types = { asset: AssetNode }

/** Lineage draws what is around one asset; the server says what is hidden. */
export default function Lineage({ id }: { id: string }) {
  const [depth, setDepth] = useState(4)
  const { data, error, loading, again } = useLiveQuery<LineageData>(LINEAGE, { id, depth, max: 60 })
  const scene = useMemo(() => (data ? draw(data, id) : undefined), [data, id])
  if (error || loading || !scene) return <Pane title="" error={error} loading={loading} again={again} />
  const l = data!.lineage
  return (
    <>
      <div className="canvas" data-nodes={scene.nodes.length}>
        <ReactFlow
          nodes={scene.nodes} edges={scene.edges} nodeTypes={types} fitView fitViewOptions={{ maxZoom: 1, padding: 0.15 }} minZoom={0.2}
          nodesDraggable={false} nodesConnectable={false} edgesFocusable={false} zoomOnScroll={false} preventScrolling={false}
          onNodeClick={(_, n) => go(`/a/${n.id}`)} proOptions={{ hideAttribution: true }} ariaLabelConfig={{ 'node.a11yDescription.default': 'Press Enter to open the asset.' }}
        >
          <Background gap={24} />
          <Controls showInteractive={false} />
        </ReactFlow>
      </div>
      <p className="meta line">
        <label>hops <select value={depth} onChange={(e) => setDepth(Number(e.target.value))}>{[2, 4, 6, 10].map((d) => <option key={d}>{d}</option>)}</select></label>
        <span>{l.nodes.length} shown{l.complete ? ', everything within reach' : `, cut by ${l.cut?.toLowerCase()}: +n counts what is hidden`}</span>
      </p>
      <details>
        <summary>The same as a table</summary>
        <table><thead><tr><th>from</th><th>to</th><th>relation</th></tr></thead><tbody>{l.edges.map((e, i) => <tr key={i}><td>{nameOf(l, e.source)}</td><td>{nameOf(l, e.target)}</td><td className="meta">{e.type.toLowerCase()}</td></tr>)}</tbody></table>
      </details>
    </>
  )
}

function nameOf(l: LineageData['lineage'], id: string): string {
  return l.nodes.find((n) => n.id === id || n.asset?.id === id)?.asset?.name.name ?? id
}

function draw(data: LineageData, focus: string): { nodes: Node<Data>[]; edges: Edge[] } {
  const l = data.lineage
  const ids = l.nodes.map((n) => n.asset?.id ?? n.id)
  const places = layout(ids, l.edges)
  const rows = new Map<number, number>()
  for (const p of places) rows.set(p.rank, (rows.get(p.rank) ?? 0) + 1)
  const tallest = Math.max(1, ...rows.values())
  const at = new Map(places.map((p) => [p.id, p]))
  return {
    nodes: l.nodes.map((n) => {
      const id = n.asset?.id ?? n.id
      const p = at.get(id)!
      const offset = ((tallest - rows.get(p.rank)!) * GAP) / 2
      return { id, type: 'asset', position: { x: p.rank * (WIDTH + 50), y: offset + p.slot * GAP }, width: WIDTH, height: 44, data: { asset: n.asset, focus: id === focus, hiddenUp: n.hiddenUpstream, hiddenDown: n.hiddenDownstream } }
    }),
    edges: l.edges.map((e, i) => ({ id: `${i}`, source: e.source, target: e.target, className: at.get(e.source)!.rank >= at.get(e.target)!.rank ? 'back' : undefined })),
  }
}
