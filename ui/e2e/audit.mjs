// The GraphQL over HTTP specification's own audits, against a real weir.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditServer } from 'graphql-http'
import { startWeir } from './browser.mjs'

// Three audits wish for 200 where weir answers a query that it cannot read with
// 422, two for no "data" member beside such errors.
const WARNINGS = 5

const data = mkdtempSync(join(tmpdir(), 'weir-audit-'))
const weir = await startWeir(['serve', '--data', join(data, 'd'), '--listen', '127.0.0.1:0'])
let results = []
try {
  results = await auditServer({ url: `${weir.url}/graphql` })
} finally {
  await weir.stop()
  rmSync(data, { recursive: true, force: true })
}
const count = { ok: 0, notice: 0, warn: 0, error: 0 }
for (const r of results) {
  count[r.status]++
  if (r.status !== 'ok') console.log(`${r.status.padEnd(6)} ${r.name}: ${r.reason}`)
}
console.log(`graphql over http: ${results.length} audits, ${count.ok} ok, ${count.notice} notices, ${count.warn} warnings, ${count.error} errors`)
if (results.length === 0 || count.error > 0 || count.warn > WARNINGS) process.exit(1)
