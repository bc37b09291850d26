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
export const columns = { severity: 'severity', asset: 'asset', owners: 'owner', why: 'why', columns: 'columns', path: 'path', hops: 'hops', late: 'deadline' } as const
export const severities = { BREAKING: 'breaks', DEGRADING: 'degrades', UNKNOWN: 'unknown', SAFE: 'not affected' } as const
export const unknownNote = (n: number) => `Of ${n} ${n === 1 ? 'asset' : 'assets'} nobody can say: no column lineage from what makes them. They are not safe.`
export const unknownTime = (n: number) => `Of ${n} ${n === 1 ? 'asset' : 'assets'} nobody can say whether ${n === 1 ? 'it comes' : 'they come'} in time: no policy says by when, or durations are not known. They are not safe.`
export const cut = 'The answer was cut: there is more downstream than was looked at.'
export const group = 'Group by owner'
export const nobody = 'nobody known'
export const tell = 'Whom to tell'
export const message = 'Copy a message'
export const messageTo = (who: string) => `Copy a message to ${who}`
/** letter is what one sends to whoever answers for what is hit. */
export const letter = (who: string, changes: string[], hit: string[], link: string) => [`To ${who}:`, '', `We plan this: ${changes.join('; ')}.`, `Of what you answer for, ${hit.length === 1 ? 'this is' : 'these are'} affected, as far as weir knows:`, '', ...hit.map((h) => `- ${h}`), '', `Ways and reasons: ${link}`, 'Please say whether that is all right, or what has to be done before.'].join('\n')
export const policies = 'Policies about it'
export const next = 'Runs next on it'
export const noPolicies = 'No policy is about what is hit.'
export const noNext = 'Nothing is planned on it within a day.'
export const result = 'What it does'
export const count = (n: number, word: string) => `${n} ${word}`
