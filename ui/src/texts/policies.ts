// What the pages of policies say.
export const heading = 'Policies'
export const none = 'No policy is in force. A policy says what should be true of an asset and how much weir may do for it; write one below, or start weir with --policies DIR.'
export const noSuch = (name: string) => `No policy named ${name} is in force.`
export const columns = { name: 'Policy', mode: 'Mode', trial: 'On trial', stands: 'Stands', worst: 'Worst off', left: 'Budget left', owner: 'Owner', source: 'From', asset: 'Asset', state: 'State', says: 'How', deadline: 'Deadline', budget: 'Budget left', change: 'Change', what: 'What', before: 'In force', after: 'Proposed', outcome: 'Decides', runs: 'Runs, 14 days' } as const
export const runsSoFar = (n: number, basis: string) => `${n} runs, 14 days (${basis})`
export const deadline = 'deadline'
export const trial = {
  title: 'On trial.', short: (to: string) => `${to} from`, before: (from: string) => `Its mode rose: it does what mode ${from} does until`, after: (to: string) => `, then what mode ${to} does.`, record: 'What it would have done is recorded:',
}
export const drift = { title: 'Not what was applied', why: 'The policies in force are not what was put in force last: somebody changed the files, or another directory rules. Plan and apply what should hold.' }
export const tabs = { stands: 'How it stands', shadow: 'Against what ran', yaml: 'What it says', edit: 'Change', versions: 'Versions' } as const
export const nothingSelected = 'It is about nothing that was ever seen.'
export const noBound = 'no deadline'
export const noObjective = (spent: string) => `no objective, ${spent} late`
export const left = (l: string, of: string) => `${l} of ${of}`
export const decisionsOf = 'Its decisions'
export const source = 'In force:'
export const notEditable = 'This server reads its policies from a directory: plan here, change the files there.'
export const file = 'File'
export const newFile = 'New file'
export const newName = 'Path of the new file'
export const text = (path: string) => `Text of ${path}`
export const plan = 'Plan'
export const planning = 'Planning…'
export const apply = 'Apply this plan'
export const undo = 'Undo my changes'
export const leaving = { title: 'Leave your changes?', why: 'The text you changed is not in force, and is kept nowhere else.', stay: 'Stay here', leave: 'Leave without them' } as const
export const moved = 'What is in force has changed since you began; a plan says what your text would change now.'
export const faults = (n: number) => `${n} ${n === 1 ? 'error' : 'errors'}: nothing is planned until ${n === 1 ? 'it is' : 'they are'} mended`
export const warnings = 'Worth a look'
export const at = (line: number, column: number) => `line ${line}${column > 0 ? `, column ${column}` : ''}`
export const empty = 'Nothing would change: the files say what is in force.'
export const planned = 'What would change'
export const unchanged = (n: number) => `${n} ${n === 1 ? 'document does' : 'documents do'} not differ`
export const effects = 'What it means for assets'
export const noEffects = 'Nothing changes for any asset.'
export const cut = 'only the first are shown'
export const hash = 'plan'
export const stale = 'The text has changed since: plan again.'
export const kinds = { ADDED: 'comes', CHANGED: 'changes', REMOVED: 'goes' } as const
export const nothing = '—'
export const applyEffect = (changes: number, assets: number) => `${changes} ${changes === 1 ? 'document changes' : 'documents change'}, which means something for ${assets} ${assets === 1 ? 'asset' : 'assets'}. Everything is judged anew at once; what may start is started.`
export const applied = (v: number) => `In force as version ${v}.`
export const policies = 'the policies in force'
export const rollback = 'Roll back to this'
export const rollbackEffect = (v: number) => `The files of version ${v} are in force again, as a new version. Everything is judged anew at once.`
export const noVersions = 'Nothing was applied yet. A server that reads a directory has its versions there.'
export const version = (v: number) => `version ${v}`
export const current = 'in force'
export const again = (v: number) => `version ${v} again`
export const files = (n: number) => `${n} ${n === 1 ? 'file' : 'files'}`
export const reads = 'reads'
export const ticks = 'ticks'
export const simulation = {
  run: 'Simulate 14 days', running: 'Simulating', stop: 'Stop', title: 'The last 14 days, lived through again', nothing: 'weir answered with nothing',
  runningFor: (s: number) => `Living through the last 14 days again, by the policies in force and by this text: ${s} s`,
  lived: (days: string, of: string) => `${days} of ${of} days lived through`,
  same: (n: number) => `${n} ${n === 1 ? 'policy does' : 'policies do'} the same`,
  nothingElse: 'No policy would have done otherwise.', notFar: 'As far as it came, no policy did otherwise.',
  nobody: 'nobody', group: 'Summed up by', by: { policy: 'By policy', owner: 'By owner' },
  less: 'less than now', more: 'more than now', picture: 'Runs by the policies in force, and by this text', runs: (b: number, a: number) => `${b} → ${a} runs`,
  measures: { runs: 'Runs', failed: 'Failed', stale: 'On stale input', missed: 'Deadlines missed', minutesLate: 'Minutes late', minutesHeld: 'Minutes held', busy: 'Slot hours' },
} as const
export const shadow = {
  columns: { kind: 'How', at: 'When', decision: 'It said', run: 'What ran' },
  kinds: { AGREED: 'agreed', WOULD_RUN: 'would have run', WOULD_HOLD: 'would have held', SAVED: 'run saved' },
  means: { AGREED: 'It would have run, and a run began.', WOULD_RUN: 'It would have run, and none began.', WOULD_HOLD: 'A run began while it was waiting: held rightly, or a false hold. Look at each.', SAVED: 'A run began that it did not want.' },
  notInShadow: 'Nothing was said by it in shadow in the last 7 days: a policy in mode shadow is compared here with the runs that began meanwhile.',
  agreement: (p: number) => `${p} % agreed`, since: 'From', until: 'to', said: 'why', began: 'the run', none: 'none began', cases: 'Cases, newest first',
  partial: 'not all assets, decisions or runs were looked at; the counts are of the newest', more: (n: number) => `the newest ${n} cases are listed`,
} as const
export const exampleFile = 'finance.yaml'
