import { useEffect, useState } from 'react'
import { ASSETS, type Asset } from './api'
import { AssetLink, Pane, useLiveQuery } from './parts'
import { go, useLocation } from './router'

type Data = { assets: { nodes: Asset[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } } }

export function Assets() {
  const { query } = useLocation()
  const q = query.get('q') ?? ''
  const [text, setText] = useState(q)
  useEffect(() => setText(q), [q])
  useEffect(() => {
    const t = window.setTimeout(() => go(text ? `/assets?q=${encodeURIComponent(text)}` : '/assets', true), 200)
    return () => window.clearTimeout(t)
  }, [text])
  const { data, error, loading, again } = useLiveQuery<Data>(ASSETS, { q: q || null, after: null })
  const nodes = data?.assets.nodes ?? []
  return (
    <main>
      <h1>Assets</h1>
      <input id="search" type="search" placeholder="names, columns, tags, owners" aria-label="Search assets" value={text} onChange={(e) => setText(e.target.value)} />
      <Pane title={q ? `Found for “${q}”` : 'All assets'} error={error} loading={loading} again={again} empty={data && nodes.length === 0 ? (q ? 'Nothing has this in its names, columns, tags, owners or description.' : 'weir has seen nothing yet.') : undefined}>
        <table>
          <thead><tr><th>asset</th><th>namespace</th><th>kind</th><th>owner</th></tr></thead>
          <tbody>
            {nodes.map((a) => (
              <tr key={a.id}><td><AssetLink asset={a} /></td><td className="meta">{a.name.namespace}</td><td className="meta">{(a.kind ?? 'job').toLowerCase()}</td><td className="meta">{a.owners?.map((o) => o.name).join(', ')}</td></tr>
            ))}
          </tbody>
        </table>
        {data?.assets.pageInfo.hasNextPage && <p className="meta">More than {nodes.length} fit: narrow the search.</p>}
      </Pane>
    </main>
  )
}
