// What the frame around all pages says, and the parts that pages share.
import { count, grouped } from './count'

export const pages = { today: 'Today', assets: 'Assets', lineage: 'Lineage', impact: 'Impact', timeline: 'Timeline', decisions: 'Decisions', decision: 'Decision', run: 'Run', query: 'GraphQL', policies: 'Policies', system: 'System', asset: 'Asset' } as const
export const onTool = (tool: string) => `on ${tool}`
export const forAsset = 'for'
export const ofPolicy = (name: string) => `policy ${name}`
export const openIn = (tool: string) => `open in ${tool}`
export const toContent = 'To the content'
export const main = 'Main'
export const find = 'Find or do'
export const keys = 'Keys'
export const live = 'live'
export const notLive = 'not live'
export const liveWhy = 'Changes are shown as they happen.'
export const notLiveWhy = 'The live stream is interrupted: the page reads again every few seconds.'
export const stale = 'weir does not answer. This is as of'
export const staleAfter = 'it will be read again when weir is back.'
export const outdated = 'weir was upgraded: this page is of the version before.'
export const reload = 'Reload'
export const noPage = 'No such page'
export const backToToday = 'Back to today'
export const broken = 'This page failed'
export const theme = { auto: 'Theme: as the system', light: 'Theme: light', dark: 'Theme: dark' } as const

export const loading = 'loading'
export const notRead = 'Not read.'
export const notUpToDate = 'Not up to date.'
export const tryAgain = 'Try again'
export const requestId = 'request'
export const noAnswer = (why: string) => `weir does not answer: ${why}`
export const noPayload = 'weir answered with nothing'
export const hidden = (n: number) => `${grouped(n)} hidden`
export const someHidden = 'some are hidden'

export const copy = 'Copy'
export const copied = 'Copied'
export const notCopied = 'Not copied'
export const copiedPart = 'Copied, not all'
export const part = (n: number) => `Not all: the ${count(n, 'row')} that the page has read.`
export const copyAs = 'Copy as'
export const forms = { link: 'Link', urn: 'Name (URN)', csv: 'CSV', json: 'JSON', markdown: 'Markdown', cli: 'Command', graphql: 'GraphQL' } as const
export const saveCSV = 'Save CSV'
export const saveJSON = 'Save JSON'
export const close = 'Close'
export const back = 'back'

export const nextRow = 'next row'
export const previousRow = 'row before'
export const peekRow = 'look at the row'
export const copyLink = 'copy the link'
export const askGraphQL = 'Ask in GraphQL'
export const toggleHelp = 'show or hide this'
export const openPalette = 'find or do anything'
export const goTo = (page: string) => `go to ${page}`

export const palette = {
  placeholder: 'An asset, the last run of a job, an id, a page, something to do',
  pages: 'Pages', verbs: 'Do', assets: 'Assets', runs: 'Runs', lastRun: (job: string) => `Last run of ${job}`, ids: 'By its id', open: (id: string) => `Open ${id}`,
  nothing: 'Nothing found.', all: (q: string) => `All assets with “${q}”`,
  results: (n: number) => count(n, 'result'),
} as const

export const deed = {
  target: 'On', tool: 'Through', noTool: 'weir itself: it is written down, no tool is asked', effect: 'Effect',
  why: 'Why, for those who find it', type: (name: string) => `Type ${name} to go on`,
  cancel: 'Cancel', busy: 'Asking…', position: (p: string) => `at position ${p}`,
  waits: (id: string, p: string) => `Written down as ${id}: waiting until readers see position ${p}…`, unseen: 'readers do not see it yet, the page will show it when they do',
} as const

export const foreseen = {
  title: 'What will happen', busy: 'Looking at what it would do…', it: 'It', refused: 'It would be refused:', reason: 'a look before',
  unread: (why: string) => `What it would do could not be read: ${why}`,
  decision: (outcome: string) => `It is written down with a decision: ${outcome}.`,
  params: 'Parameters', waits: 'It waits:',
  covers: (n: number) => (n === 0 ? 'It covers nothing: no policy is about anything there. Is the name spelt right?' : `It covers ${count(n, 'asset')} now, each counted once for each policy on it.`),
  missed: (n: number) => (n === 0 ? 'Resuming starts nothing that was missed.' : `Resuming asks for ${count(n, 'missed run')}.`),
  becomes: (is: string, then: string) => (is === then ? `stays ${is}` : `${is}, then ${then}`),
  more: (n: number, all: number) => `and ${grouped(n)} more, of ${grouped(all)} actions in all`,
  nothingElse: 'No other action is touched.',
  now: 'Now:', after: 'Then:', hidden: (n: number) => `${count(n, 'asset')} that you may not read`, moreNames: (n: number) => `and ${count(n, 'name')} more`,
  holds: (h: { edges: number; versions: number; runs: number; policies: readonly string[]; complete: boolean }) =>
    [h.complete ? '' : 'at least', `${count(h.edges, 'edge')},`, h.versions > 0 ? `${count(h.versions, 'version')},` : '', h.runs > 0 ? `${count(h.runs, 'run')},` : '', h.policies.length > 0 ? `policies ${h.policies.join(', ')}` : 'no policy'].filter(Boolean).join(' '),
} as const

export const access = {
  title: 'Sign in', why: 'This weir asks who you are.', key: 'Key', signIn: 'Sign in', where: 'An administrator makes keys with',
  signOut: 'Sign out', who: (name: string, role: string) => `${name} · ${role}`, roleIn: (role: string, namespaces: string[]) => `${role} in ${namespaces.join(', ')}`,
  needs: (roles: string[], where: string | undefined, name: string, has: string[]) => `Needs the role ${roles.join(' or ')}${where ? ` ${where}` : ''}: ${name} has ${has.join(' and ') || 'none'}. An administrator gives it.`,
  everywhere: 'in every namespace', inNamespace: (namespace: string) => `in namespace ${namespace}`,
  denied: (n: number) => `${grouped(n)} denied by role`,
} as const
