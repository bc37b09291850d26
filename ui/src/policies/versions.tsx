import { Act } from '../act'
import { asked } from '../asked'
import { place } from '../base'
import { change, type Deed } from '../confirm'
import { CopyAs } from '../copyas'
import { useNow } from '../live'
import { order } from '../orders'
import { Pane } from '../pane'
import { Facts, Time } from '../parts'
import { useLiveQuery } from '../query'
import * as t from '../texts/policies'
import { ROLLBACK, VERSIONS, type Version } from './queries'

/** Versions are the sets that were put in force, with a way back. */
export function Versions() {
  const now = useNow()
  const answer = useLiveQuery(VERSIONS, {})
  const all = answer.data?.policyVersions.nodes ?? []
  const back = (v: Version): Deed => ({
    needs: { mutation: 'rollbackPolicies' }, title: t.rollback, target: t.policies, effect: t.rollbackEffect(v.version), reason: true, command: (_, reason) => order('rollback', [String(v.version)], reason),
    go: async (reason) => {
      const done = (await change(ROLLBACK, { input: { version: v.version, reason } })).rollbackPolicies
      answer.again()
      return { says: t.applied(done.version.version), id: done.version.plan, link: place('policies?tab=versions'), position: done.position }
    },
  })
  return (
    <Pane title={t.tabs.versions} id="versions" extra={<CopyAs of={{ json: () => all, cli: 'weir rollback --list', asked: asked(VERSIONS, {}), file: 'policy-versions' }} />} answer={answer} empty={all.length === 0 && t.noVersions} hidden={answer.data?.policyVersions.pageInfo.hasNextPage ? { count: null } : undefined}>
      <ul className="rows">
        {all.map((v, i) => (
          <li key={v.version}>
            <div className="line"><b>{t.version(v.version)}</b>{i === 0 && <span className="tag">{t.current}</span>}{v.rollbackTo && <span className="tag">{t.again(v.rollbackTo)}</span>}<span className="figure"><Time at={v.at} now={now} relative /></span>{i > 0 && <Act deed={back(v)} />}</div>
            <Facts>{[v.actor, v.reason, <code title={v.plan}>{v.plan.slice(0, 12)}</code>]}</Facts>
            <details><summary>{t.files(v.files.length)}</summary>{v.files.map((f) => <div key={f.path}><p className="soft">{f.path}</p><pre tabIndex={0}>{f.text}</pre></div>)}</details>
          </li>
        ))}
      </ul>
    </Pane>
  )
}
