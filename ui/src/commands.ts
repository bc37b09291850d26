// The commands that list what a page lists, with the page's filters. None where
// no command has them: then the page's question is asked by weir query. Pure.
import type { AssetsSearch } from './assets/search'
import type { LedgerSearch } from './decisions/search'
import { quoted } from './forms'
import type { TimelineSearch } from './timeline/search'
import { fullName } from './words'

type Name = { namespace: string; name: string }
/** urnOf is the name by which a command finds an asset. */
export const urnOf = (type: 'Dataset' | 'Job' | 'DATASET' | 'JOB', n: Name) => `${type.toLowerCase()}:${fullName(n)}`

const words = (...parts: (string | false | undefined | null)[]) => parts.filter(Boolean).join(' ')
const flag = (name: string, v: string | undefined) => v && `--${name} ${quoted(v)}`

export function assetsCommand(s: AssetsSearch): string | undefined {
  if (s.state || s.mode || (s.sort && s.q)) return undefined
  return words('weir search', flag('type', s.type?.toLowerCase()), flag('kind', s.kind?.toLowerCase()), flag('tool', s.tool), flag('owner', s.owner), flag('tag', s.tag), flag('namespace', s.ns), s.run && '--failed', s.removed && '--removed', s.q && `-- ${quoted(s.q)}`)
}

export function actionsCommand(s: LedgerSearch): string | undefined {
  if (s.target || s.state === 'failed') return undefined
  return words('weir actions', s.state === 'open' && '--open', s.state === 'asked' && '--awaiting-approval', '--first 100')
}

/** runsCommand lists the runs of one job; those of a dataset that several jobs write are no job's. */
export function runsCommand(jobs: readonly Name[]): string | undefined {
  const urns = [...new Set(jobs.map((n) => urnOf('JOB', n)))]
  return urns.length === 1 ? `weir runs ${quoted(urns[0]!)} --first 100` : undefined
}

export function timelineCommand(s: TimelineSearch, from: string, to: string): string | undefined {
  return s.of || s.q || s.tool ? undefined : `weir runs --active-after ${from} --until ${to} --first 200`
}

export const showCommand = (urn: string) => `weir show ${quoted(urn)}`
export const lateCommand = (policy: string) => `weir late --all --policy ${quoted(policy)} --first 200`
export const shadowCommand = (policy: string, first: number) => `weir shadow ${quoted(policy)} --first ${first}`
/** whyCommand says why by the id of a decision, or of what one made. */
export const whyCommand = (id: string) => `weir why ${id}`

/** What Today lists. */
export const causesCommand = 'weir ack --first 30'
export const nextCommand = 'weir next --within 6h --first 50'
