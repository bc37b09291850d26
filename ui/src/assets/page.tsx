import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { ASSETS } from '../api'
import { Pane } from '../pane'
import { AssetLink, Chip } from '../parts'
import { useLiveQuery } from '../query'

const route = getRouteApi('/assets')

export default function Assets() {
  const { q = '' } = route.useSearch()
  const navigate = route.useNavigate()
  const [text, setText] = useState(q)
  useEffect(() => setText(q), [q])
  useEffect(() => {
    const t = window.setTimeout(() => text !== q && void navigate({ search: { q: text || undefined }, replace: true }), 200)
    return () => window.clearTimeout(t)
  }, [text, q, navigate])
  const answer = useLiveQuery(ASSETS, { q: q || null, after: null }, { keep: true })
  const nodes = answer.data?.assets.nodes ?? []
  return (
    <main id="main" tabIndex={-1}>
      <div className="title"><h1>Assets</h1></div>
      <input id="search" type="search" placeholder="Search names, columns, tags, owners, descriptions" aria-label="Search assets" autoComplete="off" spellCheck={false} value={text} onChange={(e) => setText(e.target.value)} />
      <Pane title={q ? `Found for “${q}”` : 'All assets'} id="found" answer={answer} empty={nodes.length === 0 && (q ? 'Nothing has this in its names, columns, tags, owners or description.' : 'weir has seen nothing yet.')}>
        <div className="scroll">
          <table>
            <thead><tr><th>asset</th><th>status</th><th>kind</th><th>owner</th><th>namespace</th></tr></thead>
            <tbody>
              {nodes.map((a) => (
                <tr key={a.id}>
                  <td><AssetLink asset={a} max={60} /></td>
                  <td>{a.__typename === 'Dataset' && a.freshness.state !== 'NONE' && <Chip code={a.freshness.state} />}</td>
                  <td className="soft">{a.__typename === 'Dataset' ? a.kind.toLowerCase().replace('_', ' ') : 'job'}</td>
                  <td className="soft">{a.owners.map((o) => o.name).join(', ')}</td>
                  <td className="soft">{a.name.namespace}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {answer.data?.assets.pageInfo.hasNextPage && <p className="soft">The first {nodes.length} are shown: narrow the search for the rest.</p>}
      </Pane>
    </main>
  )
}
