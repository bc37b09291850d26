// What the timeline and the page of a run say.
import { grouped } from './count'

export const heading = 'Timeline'
export const none = 'Nothing ran and nothing is planned in this window.'
export const nothingSelected = 'No job fits the selection.'
export const all = 'Show everything'
export const windows = { '1h': '1 h', '6h': '6 h', '24h': '24 h', '3d': '3 d', '14d': '14 d' } as const
export const window = 'Window'
export const earlier = 'earlier'
export const later = 'later'
export const toNow = 'Now'
export const zoomOut = 'Zoom out'
export const search = 'Jobs with these words'
export const tool = 'Tool'
export const anyTool = 'any tool'
export const moreLines = (n: number) => `${grouped(n)} more`
export const moreTools = (n: number) => `${grouped(n)} more: search for their jobs`
export const of = 'Of'
export const upstream = 'hops upstream'
export const legend = { wait: 'waited', run: 'ran', going: 'running', fail: 'failed', plan: 'expected', deadline: 'deadline', late: 'late', unknown: 'nobody says that it ended' } as const
export const now = 'now'
export const rows = (jobs: number, runs: number) => `${jobs} ${jobs === 1 ? 'row' : 'rows'}, ${runs} ${runs === 1 ? 'run' : 'runs'}`
export const partial = 'not all runs of this window are drawn: narrow the window or the selection'
export const table = 'The same as a table'
export const columns = { job: 'Job', state: 'State', started: 'Started', ended: 'Ended', took: 'Took', waited: 'Waited', why: 'Why', expected: 'Expected' } as const
export const chart = (n: number) => `Runs by job and time, ${n} rows. The table below says the same.`
export const help = 'Drag over the chart to zoom. Arrow keys move along the runs, Enter opens one, Space draws all that overlap in its row.'
export const lateSays = (name: string, from: string, to: string) => `${name} late ${from} – ${to}`
export const lateList = 'When data was late'
export const lateColumns = { name: 'Data', since: 'Late since', until: 'There again', why: 'Because' } as const
export const plus = (n: number) => `+${n}`
export const bundle = (n: number, states: string) => `${n} that share a lane: ${states}`
export const lanesMore = (n: number) => `${grouped(n)} share a lane: draw all`
export const lanesFewer = 'fewer lanes'
export const bundled = (name: string, n: number, of: number) => `${name}: ${grouped(n)} of its ${grouped(of)} runs share one lane of the chart, for too many overlap; here each has its line`
export const barSays = (job: string, state: string, from: string, to: string) => `${job}: ${state}, ${from} to ${to}`
export const because = 'Why not earlier'
export const becauseOf = (name: string) => `Why ${name} came when it came`
export const pathNone = 'No run is known behind it.'
export const pathCut = 'It goes on further back.'
export const waited = (s: string) => `waited ${s}`
export const took = (s: string) => `took ${s}`
export const stillGoing = 'goes on'
export const keys = { back: 'earlier', forth: 'later' } as const

export const run = 'Run'
export const noRun = 'No run has this id.'
export const attempt = (n: number) => `attempt ${n}`
export const forTime = 'for'
export const startedBy = 'started by'
export const parent = 'part of'
export const expired = { SILENCE: 'Nothing was heard of it for too long: nobody knows whether it goes on.', PARENT_ENDED: 'The run that contains it has ended; this one never said so.' } as const
export const inputs = 'Read'
export const outputs = 'Written'
export const noInputs = 'Nothing is known that it read.'
export const noOutputs = 'Nothing is known that it wrote.'
export const ioCut = (n: number, total: number) => `${grouped(n)} of ${grouped(total)} shown`
export const children = 'Runs inside it'
export const noChildren = 'No run says that it is part of this one.'
export const childCount = (n: number, more: boolean) => `${more ? 'more than ' : ''}${grouped(n)} ${n === 1 ? 'run' : 'runs'}`
export const childrenCut = (n: number) => `the newest ${grouped(n)} are listed`
export const outermost = 'outermost run'
export const showChildren = (n: number) => `Show all ${n}`
export const facets = 'As its producer sent it'
export const noFacets = 'Its events had no facets.'
export const raw = 'All of it as JSON'
export const tooLarge = (bytes: number) => `${bytes} bytes: too large to show`
export const tainted = 'the run failed after it wrote'
export const incomplete = 'Its producer could not read all of its lineage: what is missing is not gone.'
export const rowsWritten = (n: number) => `${grouped(n)} rows`
export const version = 'version'
export const partition = 'partition'
export const unknownVersion = 'version not known'
export const engine = 'ran by'
export const code = 'code'
export const writtenBy = 'written by'
export const showTimeline = 'Timeline around it'
export const cancelRun = 'Cancel the run'
export const cancelEffect = (tool: string) => `The tool is asked to stop this run, whoever started it${tool ? ` (${tool})` : ''}. What it wrote so far stays.`
export const rerun = 'Run again'
export const rerunEffect = 'The tasks that failed, and what they kept from running, run once more in its place.'
export const asked = (what: string) => `Written down: ${what}.`
