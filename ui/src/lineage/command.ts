// The picture as a command. Pure.
import { quoted } from '../forms'
import type { Scene } from './queries'
import { filtered, type LineageSearch } from './search'
import { fullName } from '../words'

/** commandOf draws the same by command; none for what that cannot draw. */
export function commandOf(search: LineageSearch, scene: Scene): string | undefined {
  const nameOf = (id: string | undefined) => {
    const d = scene.drawables.find((x) => x.id === id && !x.bundle)
    return d && quoted(`${d.type.toLowerCase()}:${fullName(d.name)}`)
  }
  const name = nameOf(search.focus?.[0])
  if (!name || search.focus!.length > 1 || search.whole || search.band === 'DATASET' || search.band === 'JOB') return undefined
  if (search.to) {
    const end = nameOf(search.to)
    return end && !filtered(search) ? ['weir paths', name, end, search.k && `-k ${search.k}`, search.band === 'COLUMN' && '--columns', search.asOf && `--as-of ${search.asOf}`].filter(Boolean).join(' ') : undefined
  }
  if (search.x || search.show || search.col) return undefined
  const rest = [search.band === 'COLUMN' && '--columns', search.asOf && `--as-of ${search.asOf}`, search.tag && `--tag ${quoted(search.tag)}`, search.owner && `--owner ${quoted(search.owner)}`, search.tool && `--tool ${quoted(search.tool)}`, search.ns && `--namespace ${quoted(search.ns)}`, search.kind && `--kind ${search.kind.toLowerCase()}`]
  return ['weir lineage', name, `-u ${search.up ?? 1}`, `-d ${search.down ?? 1}`, ...rest, '-o mermaid'].filter(Boolean).join(' ')
}
