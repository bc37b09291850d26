// What people can do from an asset's page: each says what will be different.
import { createElement as h, useMemo } from 'react'
import { change, type Deed, type Done } from '../confirm'
import { place } from '../base'
import { order as ordered } from '../orders'
import * as t from '../texts/asset'
import { commandOf, most, steps, timesOf, type Step } from './backfill'
import * as q from './queries'
import { fullName } from '../words'

type Recorded = { statement: { id: string; says: string }; position: string }
type Asked = { action: { id: string; says: string }; position: string }
const recorded = (r: Recorded): Done => ({ says: t.recorded(r.statement.says), id: r.statement.id, position: r.position })
const asked = (r: Asked): Done => ({ says: t.asked(r.action.says), id: r.action.id, position: r.position, link: place(`d/${r.action.id}`) })
const value = (f: FormData, key: string) => String(f.get(key) ?? '').trim()

/** input is one field of a deed, as the dialog's form reads it. */
const input = (name: string, label: string, more: Record<string, unknown> = {}) => h('label', { key: name }, label, h('input', { name, autoComplete: 'off', spellCheck: false, ...more }))

/** past is a backfill as the dialog's form says it. */
const past = (asset: string, f: FormData, reason: string) => ({ asset, reason, times: row(f).times, parallel: Number(value(f, 'parallel')) || 1, parameter: value(f, 'parameter') || null })
const row = (f: FormData) => timesOf(value(f, 'from'), value(f, 'to'), value(f, 'every') as Step)
const pastCommand = (ref: string) => (f: FormData, reason: string) =>
  commandOf(ref, { from: value(f, 'from'), to: value(f, 'to'), every: value(f, 'every') as Step, parallel: value(f, 'parallel'), parameter: value(f, 'parameter') }, reason)
const lookAtPast = (asset: string) => (f: FormData, reason: string) => {
  const { count } = row(f)
  return count === 0 ? t.backfill.none : count > most ? t.backfill.tooMany(count, most) : { backfill: past(asset, f, reason) }
}
const pastFields = () => [
  h('div', { key: 'row', className: 'line' },
    input('from', t.backfill.from, { type: 'datetime-local', required: true }), input('to', t.backfill.to, { type: 'datetime-local', required: true }),
    h('label', { key: 'every' }, t.backfill.every, h('select', { name: 'every', defaultValue: 'day' }, Object.keys(steps).map((s) => h('option', { key: s, value: s }, t.backfill.steps[s as Step])))),
    input('parallel', t.backfill.parallel, { type: 'number', min: 1, max: 50, defaultValue: 1 })),
  input('parameter', t.backfill.parameter, { maxLength: 200 }),
  h('p', { key: 'cap', className: 'soft small' }, t.backfill.cap(most)),
]

export type Subject = { id: string; type: 'DATASET' | 'JOB'; namespace: string; name: string; description: string | null; tool: string | null }
type Name = { namespace: string; name: string }
/** bare is a name as it is sent: a row of the page knows more of it, which weir refuses. */
const bare = ({ namespace, name }: Name): Name => ({ namespace, name })

/** useDeeds are the deeds on one asset. */
export function useDeeds(a: Subject) {
  return useMemo(() => {
    const target = fullName(a)
    const ref = `${a.type === 'JOB' ? 'job' : 'dataset'}:${target}`
    const plain = (verb: string) => (_: FormData, reason: string) => ordered(verb, [ref], reason)
    const order = (mutation: string, title: string, effect: string, command: Deed['command'], run: (reason: string, f: FormData) => Promise<Asked>, more: Partial<Deed> = {}): Deed =>
      ({ needs: { mutation, in: a.namespace }, title, effect, target, tool: a.tool ?? t.act.connector, reason: true, command, go: async (reason, f) => asked(await run(reason, f)), ...more })
    const state = (mutation: string, title: string, effect: string, run: (f: FormData) => Promise<Recorded>, more: Partial<Deed> = {}): Deed =>
      ({ needs: { mutation, in: a.namespace }, title, effect, target, go: async (_, f) => recorded(await run(f)), ...more })
    const on = (reason: string) => ({ input: { asset: a.id, reason } })
    /** look previews an order on the asset that says no more. */
    const look = (verb: 'hold' | 'release' | 'skip' | 'pauseJob' | 'resumeJob') => ({ preview: (_: FormData, reason: string) => ({ [verb]: { asset: a.id, reason } }) })
    const run = (f: FormData, reason: string) => ({ asset: a.id, reason, partition: value(f, 'partition') || null })
    return {
      run: order('requestRun', t.act.run, t.effect.run, (f, reason) => ordered('run', [ref], reason, { partition: value(f, 'partition') }), async (reason, f) => (await change(q.REQUEST_RUN, { input: run(f, reason) })).requestRun, { fields: input('partition', t.field.partition), preview: (f, reason) => ({ requestRun: run(f, reason) }) }),
      backfill: order('backfill', t.act.backfill, t.effect.backfill, pastCommand(ref), async (reason, f) => (await change(q.BACKFILL, { input: past(a.id, f, reason) })).backfill, { fields: pastFields(), preview: lookAtPast(a.id) }),
      hold: order('hold', t.act.hold, t.effect.hold, plain('hold'), async (r) => (await change(q.HOLD, on(r))).hold, { tool: null, ...look('hold') }),
      release: order('release', t.act.release, t.effect.release, plain('release'), async (r) => (await change(q.RELEASE, on(r))).release, { tool: null, ...look('release') }),
      skip: order('skip', t.act.skip, t.effect.skip, plain('skip'), async (r) => (await change(q.SKIP, on(r))).skip, { tool: null, ...look('skip') }),
      pause: order('pauseJob', t.act.pause, t.effect.pause, plain('pause'), async (r) => (await change(q.PAUSE, on(r))).pauseJob, { danger: true, ...look('pauseJob') }),
      resume: order('resumeJob', t.act.resume, t.effect.resume, plain('resume'), async (r) => (await change(q.RESUME, on(r))).resumeJob, look('resumeJob')),
      describe: state('describe', t.act.describe, t.effect.describe, async (f) => (await change(q.DESCRIBE, { input: { asset: a.id, text: value(f, 'text') } })).describe,
        { fields: h('label', { key: 'text' }, t.field.text, h('textarea', { name: 'text', rows: 4, maxLength: 10000, defaultValue: a.description ?? '' })) }),
      addOwner: state('addOwner', t.act.addOwner, t.effect.addOwner, async (f) => (await change(q.ADD_OWNER, { input: { asset: a.id, name: value(f, 'name'), type: value(f, 'type') || null } })).addOwner,
        { fields: [input('name', t.field.owner, { required: true, maxLength: 200 }), input('type', t.field.kind)] }),
      removeOwner: (name: string) => state('removeOwner', t.act.removeOwner, t.effect.removeOwner, async () => (await change(q.REMOVE_OWNER, { input: { asset: a.id, name } })).removeOwner, { target: `${name} · ${target}` }),
      addTag: state('addTag', t.act.addTag, t.effect.addTag, async (f) => (await change(q.ADD_TAG, { input: { asset: a.id, key: value(f, 'key'), value: value(f, 'value') || null } })).addTag,
        { fields: [input('key', t.field.key, { required: true, maxLength: 200 }), input('value', t.field.value, { maxLength: 1000 })] }),
      removeTag: (key: string) => state('removeTag', t.act.removeTag, t.effect.removeTag, async () => (await change(q.REMOVE_TAG, { input: { asset: a.id, key } })).removeTag, { target: `${key} · ${target}` }),
      addAlias: state('addAlias', t.act.addAlias, t.effect.addAlias, async (f) => (await change(q.ADD_ALIAS, { input: { asset: a.id, name: { namespace: value(f, 'namespace'), name: value(f, 'name') }, preferred: f.get('preferred') === 'on' } })).addAlias,
        { fields: [input('namespace', t.field.namespace, { required: true, defaultValue: a.namespace }), input('name', t.field.name, { required: true }), h('label', { key: 'preferred', className: 'tick' }, h('input', { type: 'checkbox', name: 'preferred' }), t.field.preferred)] }),
      removeAlias: (n: Name) => state('removeAlias', t.act.removeAlias, t.effect.removeAlias, async () => (await change(q.REMOVE_ALIAS, { input: { asset: a.id, name: bare(n) } })).removeAlias, { target: fullName(n), danger: true, preview: () => ({ removeAlias: { asset: a.id, name: bare(n) } }) }),
      merge: state('mergeAssets', t.act.merge, t.effect.merge, async (f) => (await change(q.MERGE, { input: { type: a.type, names: [{ namespace: a.namespace, name: a.name }, { namespace: value(f, 'namespace'), name: value(f, 'name') }] } })).mergeAssets,
        { danger: true, preview: (f) => (value(f, 'namespace') && value(f, 'name') ? { mergeAssets: { type: a.type, names: [{ namespace: a.namespace, name: a.name }, { namespace: value(f, 'namespace'), name: value(f, 'name') }] } } : t.sayOther), fields: [input('namespace', t.field.other, { required: true, defaultValue: a.namespace }), input('name', t.field.otherName, { required: true })] }),
      split: (n: Name) => state('splitAsset', t.act.split, t.effect.split, async () => (await change(q.SPLIT, { input: { asset: a.id, names: [bare(n)] } })).splitAsset, { target: fullName(n), danger: true, preview: () => ({ splitAsset: { asset: a.id, names: [bare(n)] } }) }),
      undo: (statement: string, says: string) => state('undoStatement', t.act.undo, t.effect.undo, async () => (await change(q.UNDO, { input: { statement } })).undoStatement, { target: says, needs: { mutation: 'undoStatement' } }), // the names in the statement decide where,
    }
  }, [a.id, a.type, a.namespace, a.name, a.description, a.tool])
}

export type Deeds = ReturnType<typeof useDeeds>
