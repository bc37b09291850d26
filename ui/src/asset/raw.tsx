import { Copy } from '../copyas'
import { Pane } from '../pane'
import { Facts, Time } from '../parts'
import { useLiveQuery } from '../query'
import * as shell from '../texts/shell'
import * as t from '../texts/asset'
import { RAW } from './queries'

const SHOWN = 20_000
/** MOST is how many facets an answer has. */
const MOST = 100

/** indented makes a facet legible when it is JSON. */
function indented(raw: string): string {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2)
  } catch {
    return raw
  }
}

/** Raw shows the facets as their producers sent them. */
export function Raw({ id, now }: { id: string; now: number }) {
  const answer = useLiveQuery(RAW, { id }, { about: id })
  const node = answer.data?.node
  const list = node?.__typename === 'Dataset' || node?.__typename === 'Job' ? node.facets : []
  return (
    <Pane title={t.facets} answer={answer} rows={8} empty={list.length === 0 && t.noFacet}>
      {list.map((f, i) => (
        <details key={`${f.key} ${i}`} className="facet">
          <summary><b>{f.key}</b> {f.side && f.dataset && <bdi className="soft">{t.facetOf(f.side, f.dataset.name)}</bdi>}</summary>
          <Facts>{[<Time key="at" at={f.at} now={now} />, t.bytes(f.bytes), f.raw && <Copy key="copy" text={f.raw} label={shell.copy} />]}</Facts>
          {f.raw ? <pre tabIndex={0} aria-label={f.key}>{indented(f.raw).slice(0, SHOWN)}</pre> : <p className="note">{t.tooLarge}</p>}
          {f.raw && f.raw.length > SHOWN && <p className="partial">{shell.someHidden}</p>}
        </details>
      ))}
      {list.length >= MOST && <p className="partial">{t.mostFacets(MOST)}</p>}
    </Pane>
  )
}
