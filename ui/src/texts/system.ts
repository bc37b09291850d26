// What the page of weir itself says.
import { grouped } from './count'

export const heading = 'System'
export const numbers = { rate: 'events a minute', rateWhat: 'over the last five minutes', lag: 'not projected', lagWhat: 'events of the journal', aside: 'set aside', asideWhat: 'events that made no facts', up: 'up', upWhat: (v: string) => `version ${v}` } as const
export const notYet = '—'
export const oldest = (age: string) => `the oldest ${age} old`
export const lastAt = 'the last came'
export const degraded = 'What does not work as it should'
export const notReady = 'No decisions are made yet.'
export const stores = 'Stores'
export const storeNames = { journal: 'journal', history: 'history', graph: 'graph', search: 'search index' } as Record<string, string>
export const behind = (n: number) => (n === 0 ? 'up to date' : `${grouped(n)} behind`)
export const position = (p: string | null) => (p === null ? 'position not known' : `position ${p}`)
export const noSay = 'does not say how far it is'
export const tools = 'Connectors'
export const noTools = 'No connector is configured: weir listens and starts nothing. connectors.yaml names the tools.'
export const reachable = { TRUE: 'answers', FALSE: 'does not answer', UNKNOWN: 'not asked yet' } as const
export const lastAnswer = 'last answered'
export const clock = (s: string) => `its clock is ${s} off`
export const clockFine = 'clock agrees'
export const clockNone = 'tells no time'
export const can = 'can'
export const cannot = 'cannot'
/** abilities say what a capability of a connector means; its name is shown on hover. */
export const abilities: Record<string, string> = {
  start: 'start runs', 'start.key': 'start each only once', 'start.date': 'start for a date', 'find.by_key': 'find what it started', stop: 'stop runs', pause: 'pause jobs', rerun: 'run again',
  'watch.fleet': 'tell of all runs at once', 'ol.native': 'send its own events', 'ol.parent': 'tie its events to what weir asked',
}
export const switches = 'Kill switches'
export const noSwitch = 'None is on: policies start runs and hold them.'
export const scopes = { GLOBAL: 'everything', TOOL: 'connector', POLICY: 'policy', NAMESPACE: 'namespace' } as const
export const off = 'Let it go on'
export const offEffect = (what: string) => `Policies may act on ${what} again.`
export const aPart = 'what one policy, connector or namespace does'
export const switchOn = 'Stop a part'
export const partOf = 'Which part'
export const partName = 'Its name'
export const sayPart = 'Say first which part, by its name.'
export const onEffect = 'Nothing more of it is started, and nobody of it is held at the gate. What runs goes on.'
export const switchedBefore = 'What was switched, by whom and why'
export const switchedTo = (what: string, on: boolean) => `${what}: ${on ? 'stopped' : 'let go on'}`
export const newestOnly = (n: number) => `the newest ${n}; more are in GraphQL: switched`
export const quarantine = 'Quarantine'
export const noLetter = 'It is no longer set aside.'
export const noLetters = 'Nothing is set aside: every event made facts.'
export const columns = { at: 'Came', code: 'Why', message: 'What is wrong', job: 'Job', bytes: 'Bytes', position: 'Position' } as const
export const replay = 'Replay'
export const drop = 'Drop'
export const replayEffect = (n: number) => `${n === 1 ? 'The event is' : `${n} events are`} read again, whatever the clock said when ${n === 1 ? 'it' : 'they'} came. What fails again stays here.`
export const dropEffect = (n: number) => `${n === 1 ? 'The event is' : `${n} events are`} laid aside for good: the journal keeps ${n === 1 ? 'it' : 'them'}, and a rebuild leaves ${n === 1 ? 'it' : 'them'} out.`
export const ofPositions = (list: string[]) => (list.length === 1 ? `event ${list[0]}` : `${list.length} events`)
export const select = (p: string) => `Select event ${p}`
export const selected = (n: number) => `${n} selected`
export const did = 'Written down: it is read or dropped from there on.'
export const body = 'As it came'
export const more = 'more are there: scroll on'
export const fresh = (n: number) => `${n} new: show`
export const conflicts = 'Names claimed twice'
export const noConflicts = 'No name is claimed by two datasets.'
export const claimedBy = 'claimed by'
export const suggestions = 'Probably the same'
export const noSuggestions = 'No two assets look the same.'
export const reasons = { CASE: 'differ by case', HOST: 'same at another host name or port', SHORT_NAME: 'a short name that may mean several', FIELDS: 'same last name and columns' } as const
export const merge = 'They are one'
export const mergeEffect = 'Their names mean one asset from now on, for the past too. It outranks what producers say, and can be taken back.'
export const merged = 'Stated'
export const total = (n: number) => `${n} in all`
export const graphql = 'Ask in GraphQL'
export const metrics = 'Metrics'
export const keys = 'Keys and roles'
export const version = (v: string) => `version ${v}`
export const keyColumns = { name: 'Whose', state: 'State', role: 'Role', namespaces: 'In namespaces', made: 'Made', used: 'Last used', until: 'Until', id: 'Id' } as const
export const keyStates = { counts: 'counts', over: 'over', revoked: 'revoked' } as const
/** roleMeans says what a role may, as docs/access.md does; shown on hover. */
export const roleMeans: Record<string, string> = {
  viewer: 'reads', editor: 'reads, describes, owns, tags, declares, and writes policies', operator: 'reads, describes, and acts: starts, stops, approves, pauses, switches', admin: 'all of it, with keys and quarantine', producer: 'sends events, and reads nothing',
}
export const every = 'every namespace'
export const by = (name: string) => `by ${name}`
export const never = 'never'
export const always = 'it is revoked'
export const noKeys = 'There is no key: callers are known by tokens of an issuer.'
export const nobodyAsked = 'Nobody is asked who they are: whoever reaches this weir may do all. The first key changes that:'
export const onlyAdmins = 'For administrators of every namespace.'
export const audit = 'What was done, and who asked'
export const auditPolicies = 'Who changed policies'
export const configuration = 'Configuration'
export const settingColumns = { key: 'Setting', value: 'As it was loaded', origin: 'Set by' } as const
export const origins = { FLAG: 'flag', ENVIRONMENT: 'variable', FILE: 'file', DEFAULT: 'default', PROGRAM: 'weir itself' } as const
export const notSet = 'not set'
export const noSettings = 'This weir does not say how it was set.'
export const doctor = 'Doctor'
export const doctorStates = { OK: 'fine', WARN: 'look at it', FAIL: 'fails' } as const
export const doctorColumns = { state: 'State', what: 'What', says: 'What was found', fix: 'What to do' } as const
export const doctorLooked = 'looked'
export const doctorAgain = 'Look again'
export const doctorLooks = 'Looking…'
export const onlyOperators = 'For operators and administrators of every namespace.'
export const wellAll = 'Nothing has to be done.'
