// Fails when the first load grows past its budget (gzip).
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const html = readFileSync('dist/index.html', 'utf8')
const gz = (f) => gzipSync(readFileSync(`dist/assets/${f}`)).length
const files = readdirSync('dist/assets')
const first = files.filter((f) => html.includes(f))
const sum = (list) => list.reduce((n, f) => n + gz(f), 0)
const rows = [
  ['first load JS', sum(first.filter((f) => f.endsWith('.js'))), 180_000],
  ['first load CSS', sum(first.filter((f) => f.endsWith('.css'))), 25_000],
  ['lineage chunk', sum(files.filter((f) => !first.includes(f) && f.endsWith('.js'))), 95_000],
]
let failed = false
for (const [what, size, limit] of rows) {
  console.log(`${what}: ${size} of ${limit} bytes gzip`)
  failed ||= size > limit
}
process.exit(failed ? 1 : 0)
