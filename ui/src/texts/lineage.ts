// What the pictures of lineage say.
import { count, grouped } from './count'

export const title = 'Lineage'
export const choose = 'Lineage of what?'
export const chooseLead = 'Pick the asset that the picture begins with. From there it can be widened on either side.'
export const search = 'Search for an asset'
export const recent = 'Looked at before'
export const late = 'Late now'
export const nothingFound = 'Nothing found.'

export const canvas = 'Picture of the lineage'
export const canvasHelp = 'Arrows go along the edges, u and d widen it, Enter opens the asset. The table below says the same.'
export const outline = 'Outline'
export const table = 'What is drawn'
export const hideOutline = 'Hide the outline'
export const showOutline = 'Outline'
export const up = 'up'
export const down = 'down'
export const hops = 'hops'
export const large = 'the large picture, as a table and in time'
export const hopsUp = 'Hops upstream'
export const hopsDown = 'Hops downstream'
export const band = 'Draw'
export const bands = { ASSET: 'data and jobs', DATASET: 'data only', JOB: 'jobs only', COLUMN: 'columns' } as const
export const whole = 'throw-aways too'
export const wholeWhy = 'Temporary tables and files are left out otherwise; edges say over how many they lead.'
export const filter = 'Filter'
export const filterOn = 'Filter on'
export const filterWhy = 'What does not match is walked through and counted on the edge.'
export const filters = { tag: 'tag', owner: 'owner', tool: 'tool', ns: 'namespace', kind: 'kind' } as const
export const any = 'any'
export const apply = 'Apply'
export const clear = 'Clear'
export const change = 'Another focus'
export const collapse = 'Collapse what was expanded'

export const past = (at: string) => `This is as it was on ${at}.`
export const pastWhy = 'How things stood then is not shown, and nothing can be started from here.'
export const pastOf = 'This was decided then.'
export const noDecision = 'No decision or action has the id that the address names.'
export const backToNow = 'Back to now'
export const now = 'now'
export const timeline = 'Time of the picture'
export const earlier = 'the change before'
export const later = 'the next change'
export const marks = (n: number) => n === 0 ? 'no change seen' : count(n, 'change')

export const drawn = (n: number) => `${grouped(n)} drawn`
export const hidden = (up: number, down: number, bundled = 0) => [bundled > 0 && `${grouped(bundled)} in bundles`, up > 0 && `${grouped(up)} more upstream`, down > 0 && `${grouped(down)} more downstream`].filter(Boolean).join(', ')
export const nothingHidden = 'nothing is hidden'
export const cut = { DEPTH: 'cut by the hops', NODES: 'cut: no more than 500 are drawn', TIME: 'cut by time', MEMORY: 'cut: too much lies around it', NO_COLUMN_LINEAGE: 'not all columns: a job beside them states no column lineage', WAYS: 'not all ways' } as const
export const changes = (n: number) => `${count(n, 'change')} in the graph: show`
export const moreUp = (n: number) => `Draw the ${count(n, 'neighbour')} upstream that ${n === 1 ? 'is' : 'are'} hidden`
export const moreDown = (n: number) => `Draw the ${count(n, 'neighbour')} downstream that ${n === 1 ? 'is' : 'are'} hidden`
export const bundle = (n: number) => `${grouped(n)} more`
export const bundleSide = { UPSTREAM: 'upstream', DOWNSTREAM: 'downstream', BOTH: '' } as const
export const bundleList = (n: number, side: string, of: string) => `${grouped(n)} more ${side} of ${of}`
export const members = 'Neighbours that are not drawn each by itself'
export const searchMembers = 'Search among them'
export const found = (n: number) => `${grouped(n)} found`
export const membersCut = 'There are more than are looked at: the list is not complete.'
export const draw = 'Draw'
export const isDrawn = 'drawn'
export const more = 'More'
export const through = (n: number) => `over ${count(n, 'folded asset')}`
export const declared = (policy: string) => `declared by policy ${policy}`
export const declaredWhy = 'The policy lists it as an input; no run has shown it.'
export const selfLoop = 'made of itself'
export const moreColumns = (n: number) => `${count(n, 'more column')}`
export const noRun = 'no run seen'
export const job = 'job'
export const hop = { up: (n: number) => `${count(n, 'hop')} upstream`, down: (n: number) => `${count(n, 'hop')} downstream`, none: 'focus' } as const

export const node = {
  open: 'Open', why: 'Why', focus: 'Focus here', path: 'Ways to here', pathFrom: 'Ways from here', columns: 'Columns', widenUp: 'Widen upstream', widenDown: 'Widen downstream',
  status: 'Status', owner: 'Owner', lastRun: 'Last run', namespace: 'Namespace', kind: 'Kind', place: 'Place', beyond: 'Not drawn', none: 'none known', noPolicy: 'no policy selects it', unknownThen: 'not kept for the past',
  inputs: 'Comes from', outputs: 'Goes to',
} as const
export const columns = { follow: 'Follow one column', search: 'Search its columns', all: 'All of its columns', followed: (c: string) => `Only what ${c} has to do with.`, none: 'No producer has said its columns.', read: (n: number, of: number) => `${n} of ${of} columns read`, noLineage: 'No producer states column lineage here.' } as const
export const ways = {
  title: (n: number) => n === 0 ? 'No way' : count(n, 'way'), none: 'No data flows from the first to the second.', turn: 'Try the other direction', end: 'Leave the ways', steps: (n: number) => count(n, 'step'), more: 'Look for more',
} as const

export const take = 'Take along'
export const svg = 'Picture (SVG)'
export const png = 'Picture (PNG)'
export const mermaid = 'Mermaid'
export const dot = 'Graphviz (DOT)'
export const failed = 'That did not work'
export const copied = 'Copied'
export const saved = 'Saved'

export const heads = { name: 'Asset', kind: 'Kind', status: 'Status', place: 'Place', owner: 'Owner', in: 'From', out: 'To', hiddenUp: 'Hidden up', hiddenDown: 'Hidden down', namespace: 'Namespace' } as const
export const keys = {
  up: 'widen upstream', down: 'widen downstream', focus: 'focus on the selected', path: 'ways from the focus to the selected', columns: 'columns of the selected', earlier: 'step back in time', later: 'step on in time',
  along: 'go along the edges', back: 'select nothing', open: 'open the selected',
} as const
export const selected = (name: string, what: string, status: string, place: string) => `${name}, ${what}, ${status}, ${place}`
