// What the page of impact says.
export const heading = 'Impact'
export const lead = 'What would break, and whom to tell, before anything is changed.'
export const kinds = { DROP_DATASET: 'Drop a dataset', RENAME_DATASET: 'Rename a dataset', DROP_FIELD: 'Drop a column', RENAME_FIELD: 'Rename a column', RETYPE_FIELD: 'Change a column’s type', ADD_FIELD: 'Add a column', STOP_JOB: 'Disable a job (pause it)', DELAY: 'Delay a dataset or a job' } as const
export const build = 'The change'
export const kind = 'What'
export const asset = 'Of which'
export const assetPlaceholder = 'Words of its name'
export const column = 'Column'
export const to = 'To'
export const by = 'By'
export const delays = { PT30M: '30 min', PT1H: '1 h', PT2H: '2 h', PT4H: '4 h', PT8H: '8 h', PT24H: '1 day', PT72H: '3 days' } as const
export const lateness = { TRUE: 'in time', UNKNOWN: 'nobody knows', FALSE: 'late' } as const
export const lateBy = (how: string) => `late by ${how}`
export const lateFrom = 'late from'
export const noDeadline = 'no deadline'
export const byPolicy = (policy: string) => `by ${policy}`
export const missed = (n: number, worst: string) => `${n} ${n === 1 ? 'deadline is' : 'deadlines are'} missed${worst && `, by up to ${worst}`}.`
export const add = 'Add the change'
export const changes = 'Changes looked at'
export const remove = (what: string) => `Take out: ${what}`
export const none = 'Build a change above: what it does downstream is shown here.'
export const nothing = 'Nothing downstream is affected.'
export const columns = { severity: 'Severity', asset: 'Asset', owners: 'Owner', why: 'Why', confidence: 'Confidence', used: 'Last used', columns: 'Columns', path: 'Path', hops: 'Hops', late: 'Deadline' } as const
export const severities = { BREAKING: 'breaks', DEGRADING: 'degrades', UNKNOWN: 'unknown', SAFE: 'not affected' } as const
export const confidences = { OBSERVED: 'observed', DECLARED: 'declared', INFERRED: 'inferred', NONE: 'none' } as const
export const confidencesSay = {
  OBSERVED: 'runs did each step of the path',
  DECLARED: 'a step of the path is only stated, by a job’s declaration, a policy or a person: no run was seen to do it',
  INFERRED: 'weir concludes it: column lineage leads elsewhere, a column is spelt in another case, a type may be passed on, or it is reckoned from when data used to come',
  NONE: 'nothing says it: no column lineage, no deadline, or a cut answer',
} as const
export const unused = { FALSE: 'never seen', UNKNOWN: 'not known', TRUE: 'not known' } as const
export const unusedSay = { FALSE: 'no run of it, or of a job that reads it, was ever seen', UNKNOWN: 'not looked at: it is of the past or hidden, only hidden jobs use it, or more is affected than is looked at', TRUE: '' } as const
export const usedSay = (job: boolean) => (job ? 'when its newest run began' : 'when the newest run of a job that reads it began')
export const confidenceLead = 'How sure is it?'
const listed = (names: string[]) => (names.length > 6 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', '))
/** unknownNote says of how many assets nobody can say, and why, where somebody states no column lineage; of others their own reason says it. */
export function unknownNote(n: number, unlit: { rows: number; by: string[] }) {
  const why = `no column lineage from ${unlit.by.length} ${unlit.by.length === 1 ? 'producer' : 'producers'} (${listed(unlit.by)})`
  const said = unlit.rows === 0 ? 'the reason stands beside each' : unlit.rows < n ? `of ${unlit.rows} there is ${why}, of the others the reason stands beside each` : why
  return `Of ${n} ${n === 1 ? 'asset' : 'assets'} nobody can say: ${said}. They are not safe.`
}
export const unknownTime = (n: number) => `Of ${n} ${n === 1 ? 'asset' : 'assets'} nobody can say whether ${n === 1 ? 'it comes' : 'they come'} in time: no policy says by when, or durations are not known. They are not safe.`
export const cutReasons = { DEPTH: 'more lies beyond the hops that are followed', NODES: 'more is affected, or to run, than one answer holds', TIME: 'the time was up', MEMORY: 'the memory budget was spent', NO_COLUMN_LINEAGE: 'a job beside it states no column lineage', WAYS: 'more ways lead there' } as const
export const cut = (why: string) => `the answer is cut${why && `: ${why}`}`
export const denied = (n: string) => `${n}: neither their names nor their owners are shown to you`
export const ownerDenied = 'owner not shown to you'
export const ownersDenied = (n: string) => `${n}: whoever owns these is not shown to you.`
export const asOf = 'As of'
/** past says that an answer is of another time, and what of it is not. */
export const past = (at: string) => `As of ${at}: what it would have done then. Owners, policies and what runs next are those of now, and deadlines are not reckoned.`
export const noTime = (said: string) => `“${said}” is no time, so nothing is asked: write asOf=2026-03-01T12:00:00Z in the address, or go back to now.`
export const toNow = 'Back to now'
export const full = (most: number) => `A question takes at most ${most} changes: take one out first.`
export const refusedList = 'Changes not looked at'
/** refused says which change of the address is not asked about, and why. */
export const refused = (at: number, text: string, why: string) => `not looked at: change ${at} of the address, “${text}”: ${why}`
export const faults = {
  kind: (word: string) => `“${word}” is no kind of change; write one of ${Object.keys(kinds).join(', ')}`,
  percent: (word: string) => `the % in “${word}” begins no character; write % as %25`,
  name: (kind: string) => `which asset? write ${kind} NAMESPACE NAME, with %20 for a space within a part`,
  column: (kind: string) => `which column? write ${kind} NAMESPACE NAME COLUMN`,
  whole: (kind: string) => `${kind} is of the whole: leave the column out`,
  by: (word: string) => `“${word}” is no length of time up to 30 days; write PT2H for two hours`,
  many: () => 'a question takes at most 100; ask about it by itself',
} as const
const hintOf = (among: string[]) => among.join(', ')
export const paste = {
  open: 'Paste changes',
  title: 'Paste changes',
  way: 'What you have',
  ways: { text: 'Lines of text', files: 'Two manifests of a dbt project' },
  text: 'Changes as weir impact --change takes them, one a line, or what weir impact -o json prints',
  example: 'drop:shop.raw.orders#amount\nrename:shop.raw.orders#id=order_id\nretype:shop.raw.orders#at=date\ndisable:job:prod/load_customers\ndelay:shop.raw.orders:2h',
  old: 'manifest.json as it is (of the main branch)',
  fresh: 'manifest.json as it is to be (target/manifest.json of the change)',
  namespace: 'Namespace of the project’s tables, when several have such tables',
  namespaceExample: 'postgres://wh:5432',
  files: 'They are compared in this browser and sent nowhere. Columns are the documented ones; with catalogs, and for exposures that dbt alone knows: weir impact --diff.',
  read: 'Read them',
  busy: 'Reading…',
  found: (n: number) => (n === 0 ? 'No change was found that can be looked at.' : `${n} ${n === 1 ? 'change' : 'changes'} found:`),
  missing: (n: number) => `${n} ${n === 1 ? 'thing is' : 'things are'} not looked at:`,
  take: (n: number) => (n === 1 ? 'Look at this one' : `Look at these ${n}`),
  at: { line: (n: number) => `line ${n}`, change: (n: number) => `change ${n}` },
  faults: {
    form: (word: string) => `“${word}” is no change; write drop:NAME, drop:NAME#COLUMN, rename:NAME#COLUMN=NEW, retype:NAME#COLUMN=TYPE, add:NAME#COLUMN, disable:JOB or delay:NAME:2h`,
    diff: () => 'a diff of files does not say which tables it changes; choose the two manifests that dbt makes of before and after',
    kind: (word: string) => (word === 'retype' || word === 'add' ? `${word} is about a column; write ${word}:NAME#COLUMN` : `${word} is about the whole; leave the #COLUMN out`),
    delay: () => 'by how much? write delay:NAME:2h',
    name: () => 'which asset, and which column? write drop:NAME#COLUMN',
    json: (word: string) => `it begins with { and is no JSON: ${word}`,
    changes: () => 'a JSON without impact.changes; paste what weir impact -o json prints, or choose two manifests',
    many: (word: string) => `${word} ${word === '1' ? 'change is' : 'changes are'} left out from here on: a question takes at most 100`,
  },
  lost: {
    unknown: (ref: string) => `weir has never seen “${ref}”, so nobody can say who reads it`,
    several: (ref: string, among: string[]) => `“${ref}” fits several; write one of ${hintOf(among)}`,
    namespaces: (ref: string, among: string[]) => `“${ref}” is a table in ${among.length} namespaces; name one: ${hintOf(among)}`,
    many: (ref: string) => `“${ref}” fits more than 200 datasets; name a namespace`,
    job: (_: string, among: string[]) => `${hintOf(among)} is a job: write disable or delay`,
    dataset: (_: string, among: string[]) => `${hintOf(among)} is no job: only jobs are disabled`,
  },
  large: (name: string, megabytes: number) => `${name} has more than ${megabytes} MB, too much for a browser; ask weir impact --diff NEW --against OLD`,
  broken: (name: string, says: string) => `${name} is no manifest of dbt: ${says}. dbt parse writes target/manifest.json`,
  rest: (n: number, way: 'text' | 'files') => `${n} more ${n === 1 ? 'change' : 'changes'}: a question takes at most 100; weir impact --${way === 'text' ? 'change' : 'diff'} takes them all`,
  kept: 'Not looked at of what was pasted',
  dismiss: 'Leave these out',
} as const
export const group = 'Group by owner'
export const nobody = 'nobody known'
export const tell = 'Whom to tell'
export const message = 'Copy a message'
export const messageTo = (who: string) => `Copy a message to ${who}`
/** letter is what one sends to whoever answers for what is hit. */
export const letter = (who: string, changes: string[], hit: string[], missing: string[], link: string) => [`To ${who}:`, '', `We plan this: ${changes.join('; ')}.`, `Of what you answer for, ${hit.length === 1 ? 'this is' : 'these are'} affected, as far as weir knows:`, '', ...hit.map((h) => `- ${h}`), ...missing.map((m) => `- ${m}`), '', `Ways and reasons: ${link}`, 'Please say whether that is all right, or what has to be done before.'].join('\n')
export const policies = 'Policies about it'
export const next = 'Runs next on it'
export const noPolicies = 'No policy is about what is hit.'
export const noNext = 'Nothing is planned on it within a day.'
export const result = 'What it does'
