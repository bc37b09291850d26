import { Copy } from '../copyas'
import { Pane } from '../pane'
import { Facts } from '../parts'
import { useLiveQuery } from '../query'
import * as shell from '../texts/shell'
import * as t from '../texts/asset'
import { POLICIES } from './queries'

/** Policy shows what is asked of the asset, and which file says so. */
export function Policy({ id }: { id: string }) {
  const answer = useLiveQuery(POLICIES, { id }, { about: id })
  const node = answer.data?.node
  const list = node?.__typename === 'Dataset' || node?.__typename === 'Job' ? node.policies : []
  if (!node || list.length === 0) return <Pane title={t.policies} answer={answer} rows={6} empty={t.noPolicy} />
  return list.map((p) => (
    <Pane key={p.id} title={p.name} extra={<Copy text={p.yaml} label={shell.copy} />}>
      <Facts>{[<span className="tag">{t.mode(p.mode)}</span>, p.owner && <>{t.ownedBy} <b>{p.owner}</b></>, <>{t.from} <code>{p.source}</code></>]}</Facts>
      <pre tabIndex={0} aria-label={p.name}>{p.yaml}</pre>
    </Pane>
  ))
}
