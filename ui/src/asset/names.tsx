import { Act } from '../act'
import { Pane } from '../pane'
import { Facts, Time } from '../parts'
import { useLiveQuery } from '../query'
import * as t from '../texts/asset'
import type { Deeds } from './deeds'
import { NAMES } from './queries'

/** Names shows what the asset goes by, why, and what people said of it. */
export function Names({ id, now, deeds }: { id: string; now: number; deeds: Deeds }) {
  const answer = useLiveQuery(NAMES, { id }, { about: id })
  const node = answer.data?.node
  const a = node?.__typename === 'Dataset' || node?.__typename === 'Job' ? node : null
  const more = (a?.statements.totalCount ?? 0) - (a?.statements.nodes.length ?? 0)
  return (
    <>
      <Pane title={t.nameList} answer={answer} extra={<span className="buttons"><Act deed={deeds.addAlias} className="quiet" /><Act deed={deeds.merge} className="quiet" /></span>}>
        <div className="scroll"><table>
          <thead><tr><th>{t.names.name}</th><th>{t.names.namespace}</th><th>{t.names.origin}</th><th>{t.names.since}</th><th /></tr></thead>
          <tbody>
            {a?.names.map((n) => (
              <tr key={`${n.namespace}\n${n.name}`}>
                <td className="name"><bdi>{n.name}</bdi></td><td><bdi>{n.namespace}</bdi></td><td className="soft">{n.origin.toLowerCase()}{n.evidence && `: ${n.evidence}`}</td><td><Time at={n.since} now={now} /></td>
                <td className="acts">{a.names.length > 1 && <><Act deed={deeds.split(n)} className="quiet" /> {n.origin === 'OPERATOR' && <Act deed={deeds.removeAlias(n)} className="quiet" />}</>}</td>
              </tr>
            ))}
          </tbody>
        </table></div>
      </Pane>
      <Pane title={t.statements} follows answer={answer} empty={a?.statements.nodes.length === 0 && t.noStatement} hidden={{ count: more }}>
        <ul className="rows">
          {a?.statements.nodes.map((s) => (
            <li key={s.id} data-row="statement">
              <div className="line"><p className={s.undone ? 'soft' : undefined}>{s.undone ? <s><bdi>{s.says}</bdi></s> : <bdi>{s.says}</bdi>}</p>{!s.undone && <Act deed={deeds.undo(s.id, s.says)} className="quiet figure" />}</div>
              <Facts>{[s.by, <Time key="at" at={s.at} now={now} relative />, <code key="id">{s.id}</code>, s.undone && t.takenBack]}</Facts>
            </li>
          ))}
        </ul>
      </Pane>
    </>
  )
}
