import { asked } from '../asked'
import { CopyAs } from '../copyas'
import { useNow } from '../live'
import { Pane } from '../pane'
import { Chip, Time } from '../parts'
import { useLiveQuery } from '../query'
import { operates, useSession } from '../session'
import { tableForms, type Column } from '../table'
import * as t from '../texts/system'
import { DOCTOR, type Finding } from './queries'

const codes = { OK: 'PASS', WARN: 'AT_RISK', FAIL: 'FAIL' } as const
const rank = { FAIL: 0, WARN: 1, OK: 2 } as const
const columns: Column<Finding>[] = [
  { key: 'state', title: t.doctorColumns.state, cell: (f) => f.state, value: (f) => f.state.toLowerCase() },
  { key: 'what', title: t.doctorColumns.what, cell: (f) => f.what, value: (f) => f.what },
  { key: 'says', title: t.doctorColumns.says, cell: (f) => f.says, value: (f) => f.says },
  { key: 'fix', title: t.doctorColumns.fix, cell: (f) => f.fix, value: (f) => f.fix },
]

/** Doctor is what weir finds when it looks at itself and at what it talks to: worst first, when the page is opened and when somebody asks. It asks tools, so no news makes it look again. */
export function Doctor() {
  const session = useSession()
  const may = session !== undefined && operates(session)
  const now = useNow()
  const answer = useLiveQuery(DOCTOR, {}, { pause: !may, still: true })
  if (!session) return null
  const report = answer.data?.doctor
  const all = [...(report?.findings ?? [])].sort((a, b) => rank[a.state] - rank[b.state])
  return (
    <Pane title={t.doctor} id="doctor" answer={may ? answer : undefined} rows={5} empty={!may && t.onlyOperators}
      extra={report && <span className="filters"><span className="soft">{t.doctorLooked} <Time at={report.at} now={now} relative /></span><button onClick={() => answer.busy || answer.again()} aria-busy={answer.busy}>{answer.busy ? t.doctorLooks : t.doctorAgain}</button><CopyAs of={{ ...tableForms(columns, all), json: () => report, cli: 'weir doctor', asked: asked(DOCTOR, {}), file: 'doctor' }} /></span>}>
      {all.every((f) => f.state === 'OK') && <p className="under">{t.wellAll}</p>}
      <ul className="rows tight">{all.map((f, i) => <li key={i} data-state={f.state}><div className="line"><Chip code={codes[f.state]} word={t.doctorStates[f.state]} /><b>{f.what}</b><span className="found">{f.says}</span></div>{f.fix && <p className="says">{f.fix}</p>}</li>)}</ul>
    </Pane>
  )
}
