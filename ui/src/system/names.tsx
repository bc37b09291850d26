import { Act } from '../act'
import { place } from '../base'
import { change, type Deed } from '../confirm'
import { Pane } from '../pane'
import { useLiveQuery } from '../query'
import * as t from '../texts/system'
import { MERGE, NAMES } from './queries'
import { fullName } from '../words'

type Name = { namespace: string; name: string }

/** Names are what weir will not decide by itself: names claimed twice, and assets that are probably one. */
export function Names() {
  const answer = useLiveQuery(NAMES, {})
  const { conflicts, suggestions } = answer.data ?? {}
  const merge = (type: 'DATASET' | 'JOB', names: readonly Name[]): Deed => ({
    needs: { mutation: 'mergeAssets' }, title: t.merge, target: names.map(fullName).join(', '), effect: t.mergeEffect, danger: true, type: fullName(names[0]!),
    preview: () => ({ mergeAssets: { type, names: names.map((n) => ({ namespace: n.namespace, name: n.name })) } }),
    go: async () => {
      const p = (await change(MERGE, { input: { type, names: names.map((n) => ({ namespace: n.namespace, name: n.name })) } })).mergeAssets
      answer.again()
      return { says: `${t.merged}: ${p.statement.says}`, id: p.statement.id, position: p.position, link: place('system') }
    },
  })
  const list = (names: readonly Name[]) => <ul className="plain">{names.map((n) => <li key={fullName(n)}><bdi className="name" title={fullName(n)}>{n.name}</bdi> <span className="soft">{n.namespace}</span></li>)}</ul>
  return (
    <div className="columns even">
      <Pane title={t.suggestions} answer={answer} empty={suggestions && suggestions.nodes.length === 0 && t.noSuggestions} hidden={suggestions ? { count: (suggestions.totalCount ?? 0) - suggestions.nodes.length } : undefined}>
        <ul className="rows">{suggestions?.nodes.map((s) => <li key={s.names.map(fullName).join()}><div className="line"><span className="tag">{t.reasons[s.reason]}</span>{s.total > s.names.length && <span className="soft">{t.total(s.total)}</span>}<Act deed={merge(s.type, s.names)} className="push" /></div>{list(s.names)}</li>)}</ul>
      </Pane>
      <Pane title={t.conflicts} follows answer={answer} empty={conflicts && conflicts.nodes.length === 0 && t.noConflicts} hidden={conflicts ? { count: (conflicts.totalCount ?? 0) - conflicts.nodes.length } : undefined}>
        <ul className="rows">{conflicts?.nodes.map((c) => <li key={fullName(c.name)}><div className="line"><bdi className="name">{c.name.name}</bdi><span className="soft">{t.claimedBy}</span><Act deed={merge('DATASET', c.claimants)} className="push" /></div>{list(c.claimants)}</li>)}</ul>
      </Pane>
    </div>
  )
}
