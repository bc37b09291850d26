import { useEffect, useState } from 'react'
import { Body } from '../pane'
import { useLiveQuery } from '../query'
import * as t from '../texts/ask'
import { find } from './find'
import { TYPE, TYPES, type Shown } from './queries'

type Ref = { kind: string; name: string | null; ofType?: Ref | null }
const inner = (r: Ref): string => r.name ?? (r.ofType ? inner(r.ofType) : '')
const spelled = (r: Ref): string => (r.kind === 'NON_NULL' ? `${spelled(r.ofType!)}!` : r.kind === 'LIST' ? `[${spelled(r.ofType!)}]` : (r.name ?? '…'))

/** MOST hits are listed; of more it is said how many there are. */
const MOST = 100

/** Docs walks the schema: types and fields by name, each type with what it holds. */
export function Docs({ type, onType }: { type?: string; onType: (name?: string) => void }) {
  const [text, setText] = useState('')
  const [at, setAt] = useState<string>()
  const list = useLiveQuery(TYPES, {}, { still: true, pause: text.trim() === '' })
  const one = useLiveQuery(TYPE, { name: type ?? 'Query' }, { still: true })
  const shown = one.data?.__type
  const found = find(list.data?.__schema.types ?? [], text)
  const go = (name?: string, field?: string) => (setAt(field), setText(''), onType(name))
  return (
    <div className="docs">
      <input type="search" aria-label={t.find} placeholder={t.find} value={text} onChange={(e) => setText(e.target.value)} />
      {text.trim() !== '' && <Body answer={list} filtered={found.length === 0 && t.noDocs} rows={3}>
        <ul className="plain found">{found.slice(0, MOST).map((x) => <li key={`${x.type}.${x.field}`}><button className="linklike" onClick={() => go(x.type === 'Query' ? undefined : x.type, x.field)}>{x.field ? `${x.type}.${x.field}` : x.type}</button> <span className="soft">{x.description}</span></li>)}</ul>
        {found.length > MOST && <p className="partial" role="status">{t.moreFound(MOST, found.length)}</p>}
      </Body>}
      <p className="line">{Object.entries(t.roots).map(([name, says]) => <button key={name} aria-pressed={(type ?? 'Query') === name} title={says} onClick={() => go(name === 'Query' ? undefined : name)}>{name}</button>)}</p>
      <Body answer={one} empty={one.data && !shown && t.noDocs} rows={10}>{shown && <One type={shown} at={at} onType={go} />}</Body>
    </div>
  )
}

function One({ type, at, onType }: { type: Shown; at?: string; onType: (name?: string) => void }) {
  useEffect(() => document.querySelector('.docs [data-at]')?.scrollIntoView({ block: 'center' }), [type.name, at])
  const link = (r: Ref) => <button className="linklike" onClick={() => onType(inner(r))}>{spelled(r)}</button>
  return (
    <>
      <h3>{type.name} <span className="soft">{type.kind.toLowerCase().replace('_', ' ')}</span></h3>
      <p>{type.description}</p>
      <dl>
        {type.fields?.map((f) => <div key={f.name} data-at={f.name === at || undefined}><dt><code>{f.name}</code>{f.args.length > 0 && <span className="args">({f.args.map((a) => <span key={a.name} title={a.description ?? undefined}>{a.name}: {link(a.type as Ref)}{a.defaultValue !== null && ` = ${a.defaultValue}`}</span>)})</span>}: {link(f.type as Ref)}</dt><dd className="soft">{f.description}</dd></div>)}
        {type.inputFields?.map((f) => <div key={f.name} data-at={f.name === at || undefined}><dt><code>{f.name}</code>: {link(f.type as Ref)}{f.defaultValue !== null && ` = ${f.defaultValue}`}</dt><dd className="soft">{f.description}</dd></div>)}
        {type.enumValues?.map((v) => <div key={v.name} data-at={v.name === at || undefined}><dt><code>{v.name}</code></dt><dd className="soft">{v.description}</dd></div>)}
      </dl>
      {type.possibleTypes && type.possibleTypes.length > 0 && <p className="line">{t.isOne} {type.possibleTypes.map((p) => <button key={p.name} className="linklike" onClick={() => onType(p.name!)}>{p.name}</button>)}</p>}
    </>
  )
}
