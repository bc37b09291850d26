// Fails when the script grows past its budget (gzip): what the first page
// loads, the drawing of lineage, and any other part by itself.
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const html = readFileSync('dist/index.html', 'utf8')
const text = (f) => readFileSync(`dist/assets/${f}`, 'utf8')
const gz = (f) => gzipSync(text(f)).length
const files = readdirSync('dist/assets')
const imports = (f) => [...text(f).matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)].map((m) => m[1])

/** loaded are a script and all that it needs before it runs. */
function loaded(list, seen = new Set()) {
  for (const f of list) {
    if (seen.has(f)) continue
    seen.add(f)
    if (f.endsWith('.js')) loaded(imports(f), seen)
  }
  return [...seen]
}
const entry = loaded(files.filter((f) => html.includes(f)))
const today = loaded(files.filter((f) => f.startsWith('today-')), new Set(entry))
const sum = (list) => list.reduce((n, f) => n + gz(f), 0)
const js = (list) => list.filter((f) => f.endsWith('.js'))
const drawing = js(files).filter((f) => text(f).includes('react-flow__'))
const rows = [
  ['first load JS', sum(js(today)), 180_000],
  ['first load CSS', sum(today.filter((f) => f.endsWith('.css'))), 25_000],
  ['lineage drawing', sum(drawing), 95_000],
  ...js(files).filter((f) => !today.includes(f) && !drawing.includes(f)).map((f) => [f.replace(/-[\w-]{8}\.js$/, ''), gz(f), 30_000]),
  ['all of it', sum(files), 1_200_000],
]
let failed = today.length <= entry.length
if (failed) console.log('no part today-*.js is found')
for (const [what, size, limit] of rows) {
  console.log(`${what}: ${size} of ${limit} bytes gzip`)
  failed ||= size > limit
}
process.exit(failed ? 1 : 0)
