import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Action, Asset, Name } from './api'
import { Called } from './called'
import { AssetIcon, Shape } from './shape'
import * as t from './texts/shell'
import { ago, clock, fullName, parts, short, status, tail } from './words'

/** web lets only addresses of pages become links: producers write them. */
export const web = (url: string | null | undefined) => /^https?:\/\//i.test(url ?? '')

/** Chip shows a status by shape, word and colour. */
export function Chip({ code, word }: { code: string; word?: string }) {
  const s = status(code)
  return <span className={`chip ${s.tone}`}><Shape kind={s.shape} />{word ?? s.word}</span>
}

/** AssetLink names an asset; in a heading its whole name is written, over as many lines as it takes. */
export function AssetLink({ asset, name, heading = false }: { asset: Asset | null; name?: Name; heading?: boolean }) {
  const n = asset?.name ?? name
  if (!n) return <span>—</span>
  // Of what the reader's role does not show weir tells no namespace, and there is no page.
  if (asset && n.namespace === '') return <span className="asset soft">{n.name}</span>
  const full = fullName(n)
  const body = <><AssetIcon job={asset?.__typename === 'Job'} />{heading ? <bdi className="name">{short(n.name, 300)}</bdi> : <Called name={n.name} title={full} />}</>
  return asset ? <Link to="/a/$id" params={{ id: asset.id }} title={full} className="asset">{body}</Link> : <span className="asset" title={full}>{body}</span>
}

/** Says shows a sentence of weir's with its times in the reader's zone and its ids short. */
export function Says({ text, now, whole = false }: { text: string; now: number; whole?: boolean }) {
  return (
    <>
      {parts(whole ? text : tail(text)).map((p, i) =>
        p.kind === 'time' ? <time key={i} dateTime={p.text} title={when(p.text, now)}>{clock(p.text, now)}</time> : p.kind === 'id' ? <code key={i} title={p.full}>{p.text}</code> : <span key={i}>{p.text}</span>,
      )}
    </>
  )
}

/** when is what hovering over a time adds: to the second, in UTC, and how long ago. */
const when = (at: string, now: number) => `${at} (UTC), ${ago(at, now)}`

/** Time shows a time, or a text that stands for it, with UTC and how long ago on hover. */
export function Time({ at, now, relative = false }: { at: string | null | undefined; now: number; relative?: boolean }) {
  return at ? <time dateTime={at} title={when(at, now)}>{relative ? ago(at, now) : clock(at, now)}</time> : <span>—</span>
}

/** Facts joins what is there with dots. */
export function Facts({ children }: { children: ReactNode[] }) {
  return <p className="facts">{children.filter(Boolean).map((c, i) => <span key={i}>{c}</span>)}</p>
}

export function ActionRow({ a, now }: { a: Action; now: number }) {
  const last = a.transitions[a.transitions.length - 1]
  return (
    <li data-row="action" data-state={a.state}>
      <div className="line"><Chip code={a.state} /><b className="name">{a.toolJob}</b><span className="soft">{t.onTool(a.connector)}</span></div>
      <p className="says">{last ? <Says text={last.cause} now={now} whole /> : <Says text={a.says} now={now} />}</p>
      <Facts>
        {[
          <>{t.forAsset} <AssetLink asset={a.target} name={a.targetName} /></>,
          a.policies[0] && t.ofPolicy(a.policies[0]),
          <Time at={last?.at ?? a.createdAt} now={now} relative />,
          web(a.url) && <a href={a.url!} rel="noreferrer">{t.openIn(a.connector)}</a>,
        ]}
      </Facts>
    </li>
  )
}
