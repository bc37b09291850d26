// The lineage next to an asset: a small picture that leads to the large one.
import { getRouteApi, Link, useRouter } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { SCENE } from '../lineage/queries'
import { height, ROW } from '../lineage/scene'
import { question } from '../lineage/search'
import { useStill } from '../lineage/still'
import { Body, Skeleton } from '../pane'
import { useLiveQuery } from '../query'
import * as t from '../texts/lineage'

const route = getRouteApi('/a/$id')
const CHOICES = [1, 2, 3, 5]

type Drawing = typeof import('../lineage/canvas').Canvas
let drawing: Drawing | undefined

/** loadCanvas gets what draws, which is large: asked for early, it is there when there is something to draw. */
export const loadCanvas = async () => (drawing = (await import('../lineage/canvas')).Canvas)

/** useCanvas is undefined until that is there. React's lazy would show its fallback for 300 ms though it has come. */
function useCanvas(): Drawing | undefined {
  const [canvas, setCanvas] = useState(() => drawing)
  useEffect(() => {
    if (!canvas) loadCanvas().then((c) => setCanvas(() => c), (e: unknown) => setCanvas(() => { throw e }))
  }, [canvas])
  return canvas
}

export function Lineage({ id }: { id: string }) {
  const { hops = 1 } = route.useSearch()
  const Canvas = useCanvas()
  const navigate = route.useNavigate()
  const router = useRouter()
  const asked = useMemo(() => question({ focus: [id], up: hops, down: hops }), [id, hops])
  const answer = useLiveQuery(SCENE, asked)
  const { scene, changes, show } = useStill(answer.data?.lineageScene, JSON.stringify(asked))
  const onSelect = useCallback((key: string) => void router.navigate(key.includes(':') ? { to: '/lineage', search: { focus: [id], up: hops, down: hops, sel: key } } : { to: '/a/$id', params: { id: key } }), [router, id, hops])
  if (!Canvas || !scene || !answer.data) return !Canvas || answer.loading ? <Skeleton rows={1} tall={270} /> : <Body answer={answer} />
  const tall = Math.max(...scene.drawables.map((d) => d.row * ROW + height(d))) - Math.min(...scene.drawables.map((d) => d.row * ROW))
  const [up, down, bundled] = scene.drawables.reduce((n, d) => [n[0]! + d.hiddenUpstream, n[1]! + d.hiddenDownstream, n[2]! + (d.bundle?.count ?? 0)], [0, 0, 0])
  return (
    <>
      {answer.error && <Body answer={answer} />}
      <div className="canvas" data-nodes={scene.drawables.length} style={{ height: Math.min(520, Math.max(220, tall + 96)) }}><Canvas key={`${id} ${hops}`} scene={scene} onSelect={onSelect} still /></div>
      <div className="line under">
        <label>{t.hops} <select value={hops} onChange={(e) => void navigate({ search: (s) => ({ ...s, hops: Number(e.target.value) }), replace: true })}>{CHOICES.map((d) => <option key={d}>{d}</option>)}</select></label>
        {changes > 0 && <button className="pending" onClick={show}>{t.changes(changes)}</button>}
        <span className="soft">{t.drawn(scene.drawables.length)}, {t.hidden(up!, down!, bundled) || t.nothingHidden} · <Link to="/lineage" search={{ focus: [id], up: hops, down: hops }}>{t.large}</Link></span>
      </div>
    </>
  )
}
