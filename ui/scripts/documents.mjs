// The GraphQL texts of src/api.ts and of each folder's queries.ts, with their
// shared parts filled in: those of api.ts are known everywhere.
import { existsSync, readdirSync, readFileSync } from 'node:fs'

const folders = () => readdirSync('src').sort().map((f) => `src/${f}/queries.ts`).filter((f) => existsSync(f))

export function documents(paths = ['src/api.ts', ...folders()]) {
  const shared = new Map()
  return paths.flatMap((path, i) => {
    const parts = i === 0 ? shared : new Map(shared)
    const out = []
    for (const [, name, tag, text] of readFileSync(path, 'utf8').matchAll(/const (\w+) = (gql)?`([^`]*)`/g)) {
      const full = text.replace(/\$\{(\w+)\}/g, (_, part) => parts.get(part))
      if (tag) out.push({ name: `${path}: ${name}`, text: full })
      else parts.set(name, full)
    }
    return out
  })
}
