// The GraphQL texts of src/api.ts with their shared parts filled in.
import { readFileSync } from 'node:fs'

export function documents(path = 'src/api.ts') {
  const parts = new Map()
  const out = []
  for (const [, name, tag, text] of readFileSync(path, 'utf8').matchAll(/const (\w+) = (gql)?`([^`]*)`/g)) {
    const full = text.replace(/\$\{(\w+)\}/g, (_, part) => parts.get(part))
    if (tag) out.push({ name, text: full })
    else parts.set(name, full)
  }
  return out
}
