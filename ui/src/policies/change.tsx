// Policies as text: planned first, then put in force by the plan's hash.
import { useEffect, useMemo, useRef, useState } from 'react'
import { Act, Button } from '../act'
import { change, useRefusal, type Deed } from '../confirm'
import { trouble, type Trouble } from '../errors'
import { Body, Skeleton } from '../pane'
import { useLiveQuery } from '../query'
import { Shape } from '../shape'
import * as t from '../texts/policies'
import { changed, faultsOf } from './faults'
import { Outlooks } from './plan'
import { SimulationView, useSimulation } from './simulate'
import { APPLY, CHECK, FILES, PLAN, type Fault, type File, type Plan } from './queries'

/** fileOf is the path in FILE:LINE. */
const fileOf = (source: string | undefined) => source?.replace(/:\d+$/, '')

export function Change({ source, file, onFile }: { source?: string; file?: string; onFile: (path: string) => void }) {
  const answer = useLiveQuery(FILES, {}, { still: true })
  if (!answer.data) return answer.loading ? <Skeleton rows={8} /> : <Body answer={answer} />
  const s = answer.data.policySource
  const wanted = file ?? s.files.find((f) => fileOf(source) === f.path)?.path
  return <Editor key={s.source} files={s.files} source={s.source} editable={s.editable} wanted={wanted} onFile={onFile} onApplied={answer.again} />
}

type Props = { files: readonly File[]; source: string; editable: boolean; wanted?: string; onFile: (path: string) => void; onApplied: () => void }

function Editor({ files, source, editable, wanted, onFile, onApplied }: Props) {
  const [mine, setMine] = useState<readonly File[]>(files.length > 0 ? files : [{ path: 'policies.yaml', text: '' }])
  const [plan, setPlan] = useState<{ plan: Plan; of: readonly File[] } | null>(null)
  const [faults, setFaults] = useState<Fault[]>([])
  const [wrong, setWrong] = useState<Trouble | null>(null)
  const [busy, setBusy] = useState(false)
  const noPlan = useRefusal({ needs: { mutation: 'planPolicies' } })
  const trial = useSimulation(setFaults)
  const simulates = Boolean(trial.state && !trial.state.result && !trial.state.wrong)
  // Busy, not disabled: a button that is disabled loses the focus.
  const path = mine.some((f) => f.path === wanted) ? wanted! : mine[0]!.path
  const text = mine.find((f) => f.path === path)!.text
  const dirty = JSON.stringify(mine) !== JSON.stringify(files)
  const stale = plan !== null && plan.of !== mine
  useChecked(dirty && noPlan === null ? mine : null, setFaults)
  const makePlan = async () => {
    setBusy(true)
    setWrong(null)
    setFaults([])
    try {
      setPlan({ plan: (await change(PLAN, { input: { files: mine as File[] } })).planPolicies, of: mine })
    } catch (e) {
      const list = faultsOf(e as Error)
      setPlan(null)
      setFaults(list)
      if (list.length === 0) setWrong(trouble(e as Error))
    }
    setBusy(false)
  }
  const apply = (p: Plan): Deed => ({
    needs: { mutation: 'applyPolicies' }, title: t.apply, target: t.policies, effect: t.applyEffect(p.changes.length, new Set(p.effects.map((e) => e.asset)).size), reason: true, command: `weir apply ./policies --plan ${p.hash} --reason "…"`, refused: editable ? null : t.notEditable,
    go: async (reason) => {
      const done = (await change(APPLY, { input: { files: mine as File[], hash: p.hash, reason } })).applyPolicies
      onApplied()
      return { says: t.applied(done.version.version), id: t.version(done.version.version), position: done.position }
    },
  })
  return (
    <div className="change">
      <p className="line"><span className="soft">{t.source} {source}</span>{!editable && <span className="note warn"><Shape kind="slash" /> {t.notEditable}</span>}</p>
      <p className="line">
        <label>{t.file} <select value={path} onChange={(e) => onFile(e.target.value)}>{mine.map((f) => <option key={f.path} value={f.path}>{f.path}</option>)}</select></label>
        <NewFile onAdd={(name) => (setMine(changed(mine, name, '')), onFile(name))} />
        <span className="buttons push"><button onClick={() => setMine(files)} disabled={!dirty}>{t.undo}</button><Button refused={noPlan} onClick={() => simulates || void trial.run(mine)} aria-busy={simulates}>{t.simulation.run}</Button><Button refused={noPlan} className="primary" onClick={() => busy || void makePlan()} aria-busy={busy}>{busy ? t.planning : t.plan}</Button></span>
      </p>
      <Text path={path} text={text} faults={[...faults, ...(stale ? [] : plan?.plan.warnings ?? [])].filter((f) => f.file === path || f.file === '')} onText={(next) => setMine(changed(mine, path, next))} />
      {faults.length > 0 && <Faults title={t.faults(faults.length)} list={faults} bad onGo={onFile} />}
      {wrong && <div className="note bad" role="alert"><div><p>{wrong.says}</p>{wrong.hint && <p>{wrong.hint}</p>}</div></div>}
      {trial.state && <SimulationView state={trial.state} stale={trial.state.of !== mine} />}
      {plan && (
        <section aria-label={t.planned} className={stale ? 'old' : undefined}>
          <p className="line under"><b>{plan.plan.empty ? t.empty : t.planned}</b><span className="soft">{t.hash} <code title={plan.plan.hash}>{plan.plan.hash.slice(0, 12)}</code> · {t.unchanged(plan.plan.unchanged)}</span>{!plan.plan.empty && <Act deed={apply(plan.plan)} className="primary" disabled={stale || busy} />}</p>
          {stale && <p className="note warn"><Shape kind="half" /> {t.stale}</p>}
          <Outlooks plan={plan.plan} />
          {plan.plan.warnings.length > 0 && <Faults title={t.warnings} list={plan.plan.warnings} onGo={onFile} />}
        </section>
      )}
    </div>
  )
}

/** still is how long somebody types nothing before the files are checked. */
const still = 700

/** useChecked has weir read the files as they are typed, and says what is wrong with them. */
function useChecked(files: readonly File[] | null, onFaults: (list: Fault[]) => void) {
  useEffect(() => {
    if (!files) return
    let over = false
    const wait = setTimeout(() => {
      void change(CHECK, { input: { files: files as File[] } }).then(() => [], (e: Error) => faultsOf(e)).then((list) => !over && onFaults(list))
    }, still)
    return () => {
      over = true
      clearTimeout(wait)
    }
  }, [files, onFaults])
}

function NewFile({ onAdd }: { onAdd: (path: string) => void }) {
  const [path, setPath] = useState('')
  return <form className="line" onSubmit={(e) => (e.preventDefault(), path.trim() && onAdd(path.trim()), setPath(''))}><input aria-label={t.newName} placeholder="finance.yaml" value={path} onChange={(e) => setPath(e.target.value)} /><button disabled={path.trim() === ''}>{t.newFile}</button></form>
}

/** Text is the editor: numbered lines, those with faults marked and said at their side. */
function Text({ path, text, faults, onText }: { path: string; text: string; faults: Fault[]; onText: (s: string) => void }) {
  const gutter = useRef<HTMLOListElement>(null)
  const lines = useMemo(() => text.split('\n').length, [text])
  const bad = new Map(faults.map((f) => [f.line, f]))
  return (
    <div className="editor">
      <ol ref={gutter} aria-hidden="true">{Array.from({ length: lines }, (_, i) => <li key={i} className={bad.has(i + 1) ? 'bad' : undefined} title={bad.get(i + 1)?.what}>{i + 1}</li>)}</ol>
      <textarea aria-label={t.text(path)} spellCheck={false} wrap="off" rows={18} value={text} aria-invalid={bad.size > 0} onChange={(e) => onText(e.target.value)} onScroll={(e) => gutter.current && (gutter.current.scrollTop = e.currentTarget.scrollTop)} />
    </div>
  )
}

function Faults({ title, list, bad = false, onGo }: { title: string; list: readonly Fault[]; bad?: boolean; onGo: (path: string) => void }) {
  const go = (f: Fault) => {
    onGo(f.file)
    const area = document.querySelector<HTMLTextAreaElement>('.editor textarea')
    if (!area) return
    const start = area.value.split('\n').slice(0, f.line - 1).join('\n').length + (f.line > 1 ? 1 : 0)
    area.focus()
    area.setSelectionRange(start, start + (area.value.split('\n')[f.line - 1] ?? '').length)
  }
  return (
    <div className={bad ? 'faults bad' : 'faults'} role={bad ? 'alert' : undefined}>
      <p><Shape kind={bad ? 'cross' : 'triangle'} /> <b>{title}</b></p>
      <ul>{list.map((f, i) => <li key={i}><button className="quiet" onClick={() => go(f)}>{f.file.split('/').at(-1)} {t.at(f.line, f.column)}</button> <code>{f.code}</code> {f.what}{f.hint && <p className="soft">{f.hint}</p>}</li>)}</ul>
    </div>
  )
}
