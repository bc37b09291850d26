import { useState } from 'react'
import { Body } from '../pane'
import { useLiveQuery } from '../query'
import * as t from '../texts/ask'
import { TYPE, TYPES, type Shown } from './queries'

type Ref = { kind: string; name: string | null; ofType?: Ref | null }
const inner = (r: Ref): string => r.name ?? (r.ofType ? inner(r.ofType) : '')
const spelled = (r: Ref): string => (r.kind === 'NON_NULL' ? `${spelled(r.ofType!)}!` : r.kind === 'LIST' ? `[${spelled(r.ofType!)}]` : (r.name ?? '…'))

/** Docs walks the schema: types by name, each with what it holds. */
export function Docs({ type, onType }: { type?: string; onType: (name?: string) => void }) {
  const [text, setText] = useState('')
  const list = useLiveQuery(TYPES, {}, { still: true })
  const one = useLiveQuery(TYPE, { name: type ?? 'Query' }, { still: true })
  const shown = one.data?.__type
  const found = text.trim() ? (list.data?.__schema.types ?? []).filter((x) => !x.name?.startsWith('__') && x.name?.toLowerCase().includes(text.trim().toLowerCase())) : []
  return (
    <div className="docs">
      <input type="search" aria-label={t.find} placeholder={t.find} value={text} onChange={(e) => setText(e.target.value)} />
      {text.trim() !== '' && <ul className="plain found">{found.slice(0, 40).map((x) => <li key={x.name}><button className="linklike" onClick={() => (onType(x.name!), setText(''))}>{x.name}</button> <span className="soft">{x.description}</span></li>)}{found.length === 0 && <li className="soft">{t.noDocs}</li>}</ul>}
      <p className="line">{Object.entries(t.roots).map(([name, says]) => <button key={name} aria-pressed={(type ?? 'Query') === name} title={says} onClick={() => onType(name === 'Query' ? undefined : name)}>{name}</button>)}</p>
      <Body answer={one} empty={one.data && !shown && t.noDocs} rows={10}>{shown && <One type={shown} filter={text} onType={onType} />}</Body>
    </div>
  )
}

function One({ type, onType }: { type: Shown; filter: string; onType: (name?: string) => void }) {
  const link = (r: Ref) => <button className="linklike" onClick={() => onType(inner(r))}>{spelled(r)}</button>
  return (
    <>
      <h3>{type.name} <span className="soft">{type.kind.toLowerCase().replace('_', ' ')}</span></h3>
      <p>{type.description}</p>
      <dl>
        {type.fields?.map((f) => <div key={f.name}><dt><code>{f.name}</code>{f.args.length > 0 && <span className="args">({f.args.map((a) => <span key={a.name} title={a.description ?? undefined}>{a.name}: {link(a.type as Ref)}{a.defaultValue !== null && ` = ${a.defaultValue}`}</span>)})</span>}: {link(f.type as Ref)}</dt><dd className="soft">{f.description}</dd></div>)}
        {type.inputFields?.map((f) => <div key={f.name}><dt><code>{f.name}</code>: {link(f.type as Ref)}{f.defaultValue !== null && ` = ${f.defaultValue}`}</dt><dd className="soft">{f.description}</dd></div>)}
        {type.enumValues?.map((v) => <div key={v.name}><dt><code>{v.name}</code></dt><dd className="soft">{v.description}</dd></div>)}
      </dl>
      {type.possibleTypes && type.possibleTypes.length > 0 && <p className="line">{t.isOne} {type.possibleTypes.map((p) => <button key={p.name} className="linklike" onClick={() => onType(p.name!)}>{p.name}</button>)}</p>}
    </>
  )
}
