import { useRef, useState } from 'react'
import { stillAddress } from './address'
import { queryCommand, questionOf, type Asked } from './asked'
import * as t from './texts/shell'

/** copy puts a text on the clipboard, also where the page came over plain http. A text that is still to be read is promised, so that the browser waits for it. */
export async function copy(made: string | Promise<string>): Promise<boolean> {
  try {
    if (typeof made === 'string') await navigator.clipboard.writeText(made)
    else await navigator.clipboard.write([new ClipboardItem({ 'text/plain': made.then((x) => new Blob([x], { type: 'text/plain' })) })])
    return true
  } catch {
    const text = await Promise.resolve(made).catch(() => null)
    if (text === null) return false
    const area = document.createElement('textarea')
    area.value = text
    area.className = 'hide'
    const open = document.querySelector('dialog[open]') ?? document.body
    open.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}

/** save gives the reader a file. */
export function save(name: string, type: string, body: string | Blob) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(body instanceof Blob ? body : new Blob([body], { type }))
  link.download = name
  link.click()
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

function useSaid(): [said: string, say: (s: string) => void] {
  const [said, setSaid] = useState('')
  const timer = useRef<number>(undefined)
  const say = (s: string) => {
    setSaid(s)
    window.clearTimeout(timer.current)
    timer.current = window.setTimeout(() => setSaid(''), 1800)
  }
  return [said, say]
}

/** Copy copies one text; says is its name for screen readers where the label stands several times. */
export function Copy({ text, label, says }: { text: string; label: string; says?: string }) {
  const [said, say] = useSaid()
  return <button type="button" className="quiet" aria-label={said || says} onClick={() => void copy(text).then((ok) => say(ok ? t.copied : t.notCopied))}>{said || label}</button>
}

export type Forms = {
  /** The address of what is shown; the page's own when it is not given. */
  link?: string
  urn?: string
  csv?: () => string | Promise<string>
  json?: () => unknown
  markdown?: () => string | Promise<string>
  /** The command that shows the same; where there is none, weir query asks what the page asked. */
  cli?: string
  /** What the page asked, from which GraphQL is made. */
  asked?: Asked
  /** A question that is no page's own. */
  graphql?: string
  /** What is said where this is not all there is. */
  part?: string
  /** The name of saved files, without an ending. */
  file?: string
}

/** CopyAs offers what is shown in the forms that people take along. */
export function CopyAs({ of, label = t.copyAs }: { of: Forms; label?: string }) {
  const [said, say] = useSaid()
  const menu = useRef<HTMLDetailsElement>(null)
  const close = () => {
    if (menu.current?.open) menu.current.querySelector('summary')?.focus()
    menu.current?.removeAttribute('open')
  }
  const question = of.asked ? () => questionOf(of.asked!) : of.graphql === undefined ? undefined : () => of.graphql!
  const json = () => {
    const made = of.json?.()
    const write = (x: unknown) => JSON.stringify(x, null, 2)
    return made instanceof Promise ? made.then(write) : write(made)
  }
  const into = (name: string, type: string, made: string | Promise<string>) => void Promise.resolve(made).then((text) => save(name, type, text), () => say(t.notRead))
  const all: [name: string, make: (() => string | Promise<string>) | undefined][] = [
    [t.forms.link, () => of.link ?? stillAddress()],
    [t.forms.urn, of.urn === undefined ? undefined : () => of.urn!],
    [t.forms.csv, of.csv], [t.forms.json, of.json && json], [t.forms.markdown, of.markdown],
    [t.forms.cli, of.cli ?? question ? () => of.cli ?? queryCommand(question!()) : undefined],
    [t.forms.graphql, question],
  ]
  const file = (of.file ?? 'weir').replace(/[^\w.-]+/g, '_') + (of.part ? '-part' : '')
  const lists = [of.csv, json, of.markdown] as unknown[]
  const done = (make: unknown) => (of.part && lists.includes(make) ? t.copiedPart : t.copied)
  return (
    <details className="menu" ref={menu} onKeyDown={(e) => e.key === 'Escape' && (e.stopPropagation(), close())} onBlur={(e) => !e.currentTarget.contains(e.relatedTarget) && e.relatedTarget && e.currentTarget.removeAttribute('open')}>
      <summary>{said || label}</summary>
      <div className="sheet">
        {all.map(([name, make]) => make && <button key={name} onClick={() => void copy(make()).then((ok) => (say(ok ? done(make) : t.notCopied), close()))}>{name}</button>)}
        {of.part && <p className="soft part">{of.part}</p>}
        {of.csv && <button onClick={() => (into(`${file}.csv`, 'text/csv', of.csv!()), close())}>{t.saveCSV}</button>}
        {of.json && <button onClick={() => (into(`${file}.json`, 'application/json', json()), close())}>{t.saveJSON}</button>}
      </div>
      <span className="hide" role="status">{said}</span>
    </details>
  )
}
