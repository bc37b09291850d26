// What an act would do, as weir works it out before it is done: read anew as
// what is asked for changes, and shown above the button that acts.
import { useEffect, useState } from 'react'
import { client } from '../api'
import { place } from '../base'
import { trouble } from '../errors'
import { useNow } from '../live'
import { Says } from '../parts'
import { Shape } from '../shape'
import * as t from '../texts/shell'
import { fullName, status } from '../words'
import { PREVIEW, type Foreseen, type Of } from './queries'

/** Told is what is known of an act: nothing yet, what it would do, or why that could not be read. */
export type Told = { busy: boolean; what?: Foreseen; wrong?: string }

/** pause is how long somebody types nothing before weir is asked. */
const pause = 300

/** useForeseen asks what an act would do; null: not enough was said to ask. */
export function useForeseen(of: Of | null): Told {
  const key = of && JSON.stringify(of)
  const [told, setTold] = useState<Told & { of: string | null }>({ busy: false, of: null })
  useEffect(() => {
    if (!key) return
    let over = false
    const ask = setTimeout(() => {
      void client.query(PREVIEW, { of: JSON.parse(key) as Of }).toPromise().then(({ data, error }) => {
        if (!over) setTold({ busy: false, of: key, what: data?.preview, wrong: error && trouble(error).says })
      })
    }, told.of === null ? 0 : pause)
    return () => {
      over = true
      clearTimeout(ask)
    }
  }, [key]) // what was told before decides only how long to wait
  return told.of === key ? told : { busy: Boolean(key), what: told.what }
}

/** shownTouches is how many of the actions that are touched are listed. */
const shownTouches = 6

export function Preview({ told, missing }: { told: Told; missing?: string | null }) {
  const p = told.what
  return (
    <section className="foreseen" aria-label={t.foreseen.title} aria-live="polite" aria-busy={told.busy}>
      <h3>{t.foreseen.title}</h3>
      {missing ? <p className="soft">{missing}</p> : told.wrong ? <p><Shape kind="query" /> {t.foreseen.unread(told.wrong)}</p> : !p ? <p className="soft">{t.foreseen.busy}</p> : <Known p={p} />}
    </section>
  )
}

function Known({ p }: { p: Foreseen }) {
  const now = useNow()
  const said = (text: string) => <Says text={text} now={now} whole />
  if (p.refused) return <p className="refused"><Shape kind="cross" /> {t.foreseen.refused} {said(p.refused.message)}{p.refused.hint && <>: {said(p.refused.hint)}</>}</p>
  if (p.identity) return <Identity says={p.says} of={p.identity} />
  const runs = p.catchup.reduce((n, c) => n + c.runs, 0)
  const params = p.action?.params ? JSON.stringify(p.action.params) : ''
  return (
    <>
      <p><Shape kind="play" /> {t.foreseen.it} {said(p.says)}.</p>
      <ul>
        {p.decision && <li>{t.foreseen.decision(status(p.decision.outcome).word)}</li>}
        {params && <li>{t.foreseen.params} <code>{params.slice(0, 200)}</code></li>}
        {p.covers != null && <li>{p.covers === 0 && <><Shape kind="triangle" /> </>}{t.foreseen.covers(p.covers)}</li>}
        {p.action?.kind === 'RESUME' && <li>{t.foreseen.missed(runs)}</li>}
        {p.catchup.map((c) => <li key={c.policy} className="soft">{c.policy}: {said(c.says)}</li>)}
        {p.waits.map((w) => <li key={w}><Shape kind="clock" /> {t.foreseen.waits} {said(w)}</li>)}
        {p.touches.slice(0, shownTouches).map(({ action: a, becomes, says }) => (
          <li key={a.id}><a href={place(`d/${a.id}`)} title={fullName(a.targetName)}>{a.kind.toLowerCase()} {a.toolJob || a.targetName.name}</a> {said(says)}<span className="soft"> ({t.foreseen.becomes(status(a.state).word, status(becomes).word)})</span></li>
        ))}
        {p.touched > Math.min(p.touches.length, shownTouches) && <li>{t.foreseen.more(p.touched - Math.min(p.touches.length, shownTouches), p.touched)}</li>}
        {p.touched === 0 && <li className="soft">{t.foreseen.nothingElse}</li>}
      </ul>
    </>
  )
}

type Assets = NonNullable<Foreseen['identity']>

/** Identity is what becomes of names: the assets that end, and those that come, each with what hangs on it. */
function Identity({ says, of }: { says: string; of: Assets }) {
  return (
    <>
      <p><Shape kind="play" /> {t.foreseen.it} {says}.</p>
      <ul>
        {of.now.map((a) => <One key={a.names.map(fullName).join()} what={t.foreseen.now} a={a} />)}
        {of.then.map((a) => <One key={a.names.map(fullName).join()} what={t.foreseen.after} a={a} />)}
        {of.hidden > 0 && <li className="soft">{t.foreseen.hidden(of.hidden)}</li>}
      </ul>
    </>
  )
}

/** shownNames is how many names of an asset are written out. */
const shownNames = 3

function One({ what, a }: { what: string; a: Assets['now'][number] }) {
  const more = a.nameCount - Math.min(a.names.length, shownNames)
  return <li><b>{what}</b> {a.names.slice(0, shownNames).map((n) => <span key={fullName(n)}><bdi title={fullName(n)}>{n.name}</bdi> </span>)}{more > 0 && t.foreseen.moreNames(more)}{a.holds && <span className="soft"> ({t.foreseen.holds(a.holds)})</span>}</li>
}
