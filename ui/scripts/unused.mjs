// Fails when a text or a question is exported that no file uses: a word that
// nobody reads is kept up for nothing. Texts are read as t.name, or by name.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../src/', import.meta.url))
const files = readdirSync(root, { recursive: true }).filter((f) => /\.tsx?$/.test(f))
const sources = new Map(files.map((f) => [f, readFileSync(root + f, 'utf8')]))
const watched = files.filter((f) => (f.startsWith('texts/') || f.endsWith('queries.ts')) && !f.endsWith('.test.ts'))

/** readers are, by file without its ending, the ways in which others name it: an alias for all of it, or single names. */
const readers = new Map()
for (const [file, source] of sources) {
  for (const [, what, from] of source.matchAll(/import (?:type )?([^'"]+?) from '(\.[^']+)'/g)) {
    const target = normalize(join(dirname(file), from))
    const alias = /^\* as (\w+)$/.exec(what.trim())?.[1]
    readers.set(target, [...(readers.get(target) ?? []), { source, alias, names: alias ? [] : what.match(/\w+/g) }])
  }
}

/** alone: not the end of a longer word, nor a part of something; it may be spread. */
const alone = String.raw`(?<![\w$])(?<!(?<!\.\.)\.)`
const word = (w) => new RegExp(`${alone}${w}(?!\\w)`, 'g')
/** used: another file names it, or its own file does a second time. */
const used = (file, name) =>
  (sources.get(file).match(word(name)) ?? []).length > 1 ||
  (readers.get(file.replace(/\.tsx?$/, '')) ?? []).some((r) => (r.alias ? new RegExp(`${alone}${r.alias}\\.${name}(?!\\w)`).test(r.source) : r.names.includes(name)))

const unused = watched.flatMap((f) => [...sources.get(f).matchAll(/^export (?:const|function) (\w+)/gm)].map((m) => m[1]).filter((name) => !used(f, name)).map((name) => `src/${f}: ${name}`))
for (const u of unused) console.error(`${u} is used by nothing: take it out`)
process.exitCode = unused.length === 0 ? 0 : 1
