import { useMemo, useState } from 'react'
import type { Scene } from './queries'
import { differences, patched } from './scene'

/** useStill gives a scene that changes only by statuses, until somebody asks for what is new. */
export function useStill(fresh: Scene | undefined, key: string): { scene: Scene | undefined; changes: number; show: () => void } {
  const [shown, setShown] = useState<{ key: string; of: Scene; scene: Scene } | null>(null)
  let now = shown
  if (fresh && (shown === null || shown.key !== key)) now = { key, of: fresh, scene: fresh }
  else if (fresh && shown && shown.of !== fresh) now = { key, of: fresh, scene: differences(shown.scene, fresh) === 0 ? fresh : patched(shown.scene, fresh) }
  if (now !== shown) setShown(now)
  const scene = now?.scene
  const mine = now?.key === key
  const changes = useMemo(() => (fresh && scene && mine ? differences(scene, fresh) : 0), [fresh, scene, mine])
  return { scene, changes, show: () => fresh && setShown({ key, of: fresh, scene: fresh }) }
}
