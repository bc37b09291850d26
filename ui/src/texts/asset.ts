// What the page of one asset says.
import { count, grouped } from './count'

export const noAsset = 'No asset has this id.'
export const sections = 'Parts of the asset'
export const tabs = { overview: 'Overview', columns: 'Columns', runs: 'Runs', policy: 'Policy', decisions: 'Decisions', names: 'Names', raw: 'Raw facets' } as const
export const job = 'job'
export const partOf = 'part of'
export const heldBack = 'held back by'
export const ask = (who: string) => `ask ${who}`
export const lastRun = 'last run'
export const noRun = 'no run seen'
export const dropped = 'dropped'
export const declaredBy = (who: string) => `declared by ${who}`
export const open = 'open'
export const code = 'code'
export const ownedBy = 'owned by'
export const noOwner = 'no owner known'
export const lastSeen = 'last seen'
export const dataTo = 'data up to'
export const dataOf = 'the oldest is that of'
export const saidBy = (who: string) => `said by ${who}`
export const setBy = (who: string) => `set by ${who}`
export const sentBy = 'sent by a producer'
export const since = (t: string) => `since ${t}`
export const noDescription = 'Nobody has said what this is.'

export const lineage = 'Lineage'
export const why = 'Why'
export const noPolicyWhy = 'No policy is about this asset, so weir decides nothing here.'
export const versions = 'Versions'
export const noVersion = 'No run has written it yet.'
export const checks = 'Checks'
export const noCheck = 'No check has reported on it.'
export const madeBy = 'Made by'
export const readBy = 'Read by'
export const reads = 'Reads'
export const writes = 'Writes'
export const tooMany = 'more than can be counted'
export const allOf = (n: number | null) => (n === null ? 'Show all' : `Show all ${grouped(n)}`)
export const fewer = 'Show fewer'
export const scrollOn = 'they come as the list is scrolled'
export const nobody = 'Nothing that weir has seen.'
export const tainted = 'tainted'
export const noRunOf = 'seen without a run'
export const passed = (n: number, of: number) => `${n} of ${of} passed`

export const columns = { ordinal: '#', name: 'Column', type: 'Type', from: 'Comes from', to: 'Goes to', tags: 'Tags', what: 'What it is' } as const
export const columnList = 'Columns'
export const noColumns = 'No producer has sent its columns. Those of Spark, dbt and Airflow’s SQL operators do, with their OpenLineage integrations.'
export const findColumn = 'Find a column'
export const noColumnMatches = 'No column matches.'
export const columnsRead = (n: number, of: number) => `${n} of ${of} columns read`
export const lineageCut = 'The lineage of columns is cut: more lies behind it.'
export const lineageUnlit = 'A job that reads or writes it states no column lineage.'

export const runs = { state: 'State', started: 'Started', took: 'Took', by: 'By', attempt: 'Attempt', run: 'Run', error: 'Error' } as const
export const runList = 'Runs'
export const noRuns = 'No run of it has been seen.'
export const duration = 'How long runs took'
export const durationOf = (n: number, p50: string, p90: string) => `of the last ${count(n, 'success', 'successes')}: half within ${p50}, nine in ten within ${p90}`
export const onlyLast = (n: number) => `the last ${n} are shown`
export const onlyResults = (n: number) => `the last ${n} results are looked at`
export const allDecisions = 'all decisions about it'
export const allActions = 'all actions about it'
export const mostFacets = (n: number) => `At most ${n} are sent: there may be more.`

export const policies = 'Policies'
export const noPolicy = 'No policy selects this asset: weir watches it, and starts nothing for it.'
export const mode = (m: string) => `mode ${m.toLowerCase().replace('_', ' ')}`
export const from = 'from'

export const decisions = 'Decisions'
export const noDecision = 'Nothing was decided about it yet.'
export const actions = 'Actions'
export const noAction = 'weir has not started anything for it.'

export const names = { name: 'Name', namespace: 'Namespace', origin: 'How weir knows', evidence: 'Evidence', since: 'Since' } as const
export const nameList = 'Names it goes by'
export const statements = 'Said by people'
export const noStatement = 'Nobody has said anything about it.'
export const takenBack = 'taken back'
export const older = (n: number) => `${count(n, 'older one')} not shown.`

export const facets = 'Facets as their producers sent them'
export const noFacet = 'No producer has sent a facet of it.'
export const bytes = (n: number) => count(n, 'byte')
export const tooLarge = 'Not sent: all that an answer holds of facets is 1 MiB at most.'
export const facetOf = (side: string, of: string) => `with ${of} as ${side.toLowerCase()}`

export const verdict = {
  policy: (p: string | null, m: string) => `policy ${p ?? 'none'} · mode ${m.toLowerCase()}`,
  flips: 'flips at', atLatest: 'at the latest, earlier if an event says so', onlyEvent: 'only an event can change this',
  allHolds: 'everything that was asked holds', startsNothing: (m: string) => `, and in mode ${m.toLowerCase()} weir starts nothing`,
} as const

export const act = {
  menu: 'Act', run: 'Request a run', backfill: 'Backfill', hold: 'Hold', release: 'Release', skip: 'Skip what is new', pause: 'Pause its job', resume: 'Resume its job',
  describe: 'Describe', addOwner: 'Add an owner', removeOwner: 'Remove an owner', addTag: 'Set a tag', removeTag: 'Remove a tag', addAlias: 'Add a name', removeAlias: 'Remove this name', merge: 'Merge with another', split: 'Split this name off', undo: 'Take back',
  connector: 'the connector of the job that makes it',
} as const
export const sayOther = 'Say the other’s name.'
export const effect = {
  run: 'The job that makes it is asked for one run, once, under the policy’s own limits.', backfill: 'The job that makes it is asked for a run for each of these times: one action, whose parts are the runs. Policies decide as if they had not been.', hold: 'Nothing is started for it, and its gate says wait, until it is released.', release: 'A hold ends, and demands that were spent on failed runs may be acted on again.',
  skip: 'What is new in its inputs counts as read: no run is started for it.', pause: 'The tool’s own pause switch is set; policies start nothing there until it is resumed.', resume: 'The tool’s own pause switch is taken back.',
  describe: 'The text is shown in the place of the producer’s. An empty one brings that back.', addOwner: 'They are shown as an owner, and told of what is late.', removeOwner: 'They are no owner any more, also when a producer says so.',
  addTag: 'The tag is set, in the place of its value before.', removeTag: 'The tag is gone, also when a producer sends it.', addAlias: 'Events under that name count for this asset from now on, and for the past.',
  removeAlias: 'The name is none of this asset, until a merge says otherwise.', merge: 'All names mean one asset, with one history and lineage. It can be taken back.', split: 'The name leaves, with its own history and lineage. It can be taken back.',
  undo: 'It is as if this had never been said.',
} as const
export const field = { text: 'Text', owner: 'Owner, for example team:analytics', kind: 'Kind of ownership (may be empty)', key: 'Key', value: 'Value (may be empty)', namespace: 'Namespace', name: 'Name', other: 'The other’s namespace', otherName: 'The other’s name', preferred: 'This is the name to show', partition: 'Partition (may be empty)' } as const
export const backfill = {
  from: 'From (UTC)', to: 'To, with it (UTC)', every: 'A run for each', parallel: 'At once', parameter: 'Parameter that takes the time, for tools whose runs have none (may be empty)',
  steps: { hour: 'hour', day: 'day', week: 'week' },
  none: 'Say from when to when.', cap: (n: number) => `At most ${n} runs, and 50 at once.`,
  tooMany: (n: number, most: number) => `That is ${grouped(n)} runs, and ${most} is the most: take a shorter time, or longer steps.`,
} as const
export const recorded = (says: string) => `Written down: ${says}`
export const asked = (says: string) => `Asked for: ${says}`
