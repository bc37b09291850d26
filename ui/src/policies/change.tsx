// Policies as text: planned first, then put in force by the plan's hash.
import { useEffect, useMemo, useRef, useState } from 'react'
import { Act, Button } from '../act'
import { place } from '../base'
import { change, useRefusal, type Deed } from '../confirm'
import { trouble, type Trouble } from '../errors'
import { order } from '../orders'
import { Body, Skeleton } from '../pane'
import { useLiveQuery } from '../query'
import { Shape } from '../shape'
import * as t from '../texts/policies'
import { changed, faultsOf } from './faults'
import { Leaving } from './leaving'
import { Outlooks } from './plan'
import { SimulationView, useSimulation } from './simulate'
import { APPLY, CHECK, FILES, PLAN, type Fault, type File, type Plan } from './queries'

/** fileOf is the path in FILE:LINE. */
const fileOf = (source: string | undefined) => source?.replace(/:\d+$/, '')

type Props = { source?: string; file?: string; onFile: (path: string) => void }

/** Change is the editor, which stays while other tabs are shown; what is in force is read again when it is shown again. */
export function Change({ shown, source, file, onFile }: Props & { shown: boolean }) {
  const answer = useLiveQuery(FILES, {}, { still: true })
  const was = useRef(shown)
  useEffect(() => {
    if (shown && !was.current) answer.again()
    was.current = shown
  }, [shown]) // eslint-disable-line react-hooks/exhaustive-deps -- only that it is shown again matters
  if (!answer.data) return answer.loading ? <Skeleton rows={8} /> : <Body answer={answer} />
  const s = answer.data.policySource
  const wanted = file ?? s.files.find((f) => fileOf(source) === f.path)?.path
  return <Editor files={s.files} source={s.source} editable={s.editable} wanted={wanted} onFile={onFile} onApplied={answer.again} />
}

/** useDraft is what was typed over the files in force; moved: they are others than those it began with. */
function useDraft(files: readonly File[], source: string) {
  const key = JSON.stringify([source, files])
  const base = useMemo<readonly File[]>(() => (files.length > 0 ? files : [{ path: 'policies.yaml', text: '' }]), [key])
  const [draft, setDraft] = useState<{ files: readonly File[]; over: string } | null>(null)
  const mine = draft?.files ?? base
  const dirty = draft !== null && JSON.stringify(draft.files) !== JSON.stringify(base)
  return { mine, dirty, moved: dirty && draft.over !== key, setMine: (next: readonly File[]) => setDraft((had) => ({ files: next, over: had?.over ?? key })), drop: () => setDraft(null) }
}

function Editor({ files, source, editable, wanted, onFile, onApplied }: { files: readonly File[]; source: string; editable: boolean; wanted?: string; onFile: (path: string) => void; onApplied: () => void }) {
  const { mine, dirty, moved, setMine, drop } = useDraft(files, source)
  const [plan, setPlan] = useState<{ plan: Plan; of: readonly File[] } | null>(null)
  const [faults, setFaults] = useState<Fault[]>([])
  const [goal, setGoal] = useState<Fault | null>(null)
  const [wrong, setWrong] = useState<Trouble | null>(null)
  const [busy, setBusy] = useState(false)
  const noPlan = useRefusal({ needs: { mutation: 'planPolicies' } })
  const trial = useSimulation(setFaults)
  const simulates = Boolean(trial.state && !trial.state.result && !trial.state.wrong)
  // Busy, not disabled: a button that is disabled loses the focus.
  const path = mine.some((f) => f.path === wanted) ? wanted! : mine[0]!.path
  const text = mine.find((f) => f.path === path)!.text
  const stale = plan !== null && plan.of !== mine
  const go = (f: Fault) => {
    setGoal(f.file ? f : { ...f, file: path })
    if (f.file) onFile(f.file)
  }
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
    needs: { mutation: 'applyPolicies' }, title: t.apply, target: t.policies, effect: t.applyEffect(p.changes.length, new Set(p.effects.map((e) => e.asset)).size), reason: true, command: (_, reason) => order('apply', ['./policies'], reason, { plan: p.hash }), refused: editable ? null : t.notEditable,
    go: async (reason) => {
      const done = (await change(APPLY, { input: { files: mine as File[], hash: p.hash, reason } })).applyPolicies
      drop()
      setPlan(null)
      onApplied()
      return { says: t.applied(done.version.version), id: done.version.plan, link: place('policies?tab=versions'), position: done.position }
    },
  })
  return (
    <div className="change">
      <Leaving unsaved={dirty} />
      <p className="line"><span className="soft">{t.source} {source}</span>{!editable && <span className="note warn"><Shape kind="slash" /> {t.notEditable}</span>}</p>
      {moved && <p className="note warn"><Shape kind="half" /> {t.moved}</p>}
      <p className="line">
        <label>{t.file} <select value={path} onChange={(e) => onFile(e.target.value)}>{mine.map((f) => <option key={f.path} value={f.path}>{f.path}</option>)}</select></label>
        <NewFile onAdd={(name) => (setMine(changed(mine, name, '')), onFile(name))} />
        <span className="buttons push"><button onClick={() => (drop(), setFaults([]))} disabled={!dirty}>{t.undo}</button><Button refused={noPlan} onClick={() => simulates || void trial.run(mine)} aria-busy={simulates}>{t.simulation.run}</Button><Button refused={noPlan} className="primary" onClick={() => busy || void makePlan()} aria-busy={busy}>{busy ? t.planning : t.plan}</Button></span>
      </p>
      <Text path={path} text={text} goal={goal} onGone={() => setGoal(null)} faults={[...faults, ...(stale ? [] : plan?.plan.warnings ?? [])].filter((f) => f.file === path || f.file === '')} onText={(next) => setMine(changed(mine, path, next))} />
      {faults.length > 0 && <Faults title={t.faults(faults.length)} list={faults} bad onGo={go} />}
      {wrong && <div className="note bad" role="alert"><div><p>{wrong.says}</p>{wrong.hint && <p>{wrong.hint}</p>}</div></div>}
      {trial.state && <SimulationView state={trial.state} stale={trial.state.of !== mine} />}
      {plan && (
        <section aria-label={t.planned} className={stale ? 'old' : undefined}>
          <p className="line under"><b>{plan.plan.empty ? t.empty : t.planned}</b><span className="soft">{t.hash} <code title={plan.plan.hash}>{plan.plan.hash.slice(0, 12)}</code> · {t.unchanged(plan.plan.unchanged)}</span>{!plan.plan.empty && <Act deed={apply(plan.plan)} className="primary" disabled={stale || busy} />}</p>
          {stale && <p className="note warn"><Shape kind="half" /> {t.stale}</p>}
          <Outlooks plan={plan.plan} />
          {plan.plan.warnings.length > 0 && <Faults title={t.warnings} list={plan.plan.warnings} onGo={go} />}
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
  return <form className="line" onSubmit={(e) => (e.preventDefault(), path.trim() && onAdd(path.trim()), setPath(''))}><input aria-label={t.newName} placeholder={t.exampleFile} value={path} onChange={(e) => setPath(e.target.value)} /><button disabled={path.trim() === ''}>{t.newFile}</button></form>
}

/** Text is the editor: numbered lines, those with faults marked and said at their side. A goal is a fault to go to, once its file is shown. */
function Text({ path, text, faults, goal, onGone, onText }: { path: string; text: string; faults: Fault[]; goal: Fault | null; onGone: () => void; onText: (s: string) => void }) {
  const gutter = useRef<HTMLOListElement>(null)
  const area = useRef<HTMLTextAreaElement>(null)
  const lines = useMemo(() => text.split('\n').length, [text])
  const bad = new Map(faults.map((f) => [f.line, f]))
  useEffect(() => {
    if (goal?.file !== path || !area.current) return
    select(area.current, goal.line)
    onGone()
  }, [goal, path, onGone])
  return (
    <div className="editor">
      <ol ref={gutter} aria-hidden="true">{Array.from({ length: lines }, (_, i) => <li key={i} className={bad.has(i + 1) ? 'bad' : undefined} title={bad.get(i + 1)?.what}>{i + 1}</li>)}</ol>
      <textarea ref={area} aria-label={t.text(path)} spellCheck={false} wrap="off" rows={18} value={text} aria-invalid={bad.size > 0} onChange={(e) => onText(e.target.value)} onScroll={(e) => gutter.current && (gutter.current.scrollTop = e.currentTarget.scrollTop)} />
    </div>
  )
}

/** select marks a line and brings it to the middle. */
function select(area: HTMLTextAreaElement, line: number) {
  const lines = area.value.split('\n')
  const start = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0)
  area.focus()
  area.setSelectionRange(start, start + (lines[line - 1] ?? '').length)
  area.scrollTop = ((line - 0.5) / lines.length) * area.scrollHeight - area.clientHeight / 2
}

function Faults({ title, list, bad = false, onGo }: { title: string; list: readonly Fault[]; bad?: boolean; onGo: (f: Fault) => void }) {
  return (
    <div className={bad ? 'faults bad' : 'faults'} role={bad ? 'alert' : undefined}>
      <p><Shape kind={bad ? 'cross' : 'triangle'} /> <b>{title}</b></p>
      <ul>{list.map((f, i) => <li key={i}><button className="quiet" onClick={() => onGo(f)}>{f.file.split('/').at(-1)} {t.at(f.line, f.column)}</button> <code>{f.code}</code> {f.what}{f.hint && <p className="soft">{f.hint}</p>}</li>)}</ul>
    </div>
  )
}
