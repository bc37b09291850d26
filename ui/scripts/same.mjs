// Fails when building the sources does not give what is committed in dist.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'

const outDir = join(tmpdir(), `weir-ui-${process.pid}`)
try {
  await build({ logLevel: 'error', build: { outDir, emptyOutDir: true } })
  const files = (dir) => readdirSync(dir, { recursive: true, withFileTypes: true }).filter((f) => f.isFile()).map((f) => join(f.parentPath ?? f.path, f.name).slice(dir.length + 1)).sort()
  const built = files(outDir)
  const kept = files('dist')
  const wrong = [...new Set([...built, ...kept])].filter((f) => !built.includes(f) || !kept.includes(f) || !readFileSync(join(outDir, f)).equals(readFileSync(join('dist', f))))
  console.log(wrong.length === 0 ? `dist is what the sources give: ${built.length} files` : `dist differs, run npm run build: ${wrong.join(' ')}`)
  process.exitCode = wrong.length === 0 ? 0 : 1
} finally {
  rmSync(outDir, { recursive: true, force: true })
}
