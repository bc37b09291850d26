// All that was found, not only what was read so far: page by page, to a bound.
import { client } from '../api'
import type { AssetFilter, AssetOrder } from '../gen/graphql'
import { ASSETS, type Found } from './queries'

export const MOST = 5000
const PAGE = 200

/** everything reads what a search finds, at most MOST, and tells how far it is. */
export async function everything(q: string | null, filter: AssetFilter, order: AssetOrder | null, tell: (n: number) => void): Promise<Found[]> {
  const out: Found[] = []
  let after: string | null = null
  do {
    const r = await client.query(ASSETS, { q, filter, order, first: PAGE, after }).toPromise()
    if (r.error) throw r.error
    out.push(...r.data!.assets.edges)
    tell(out.length)
    after = r.data!.assets.pageInfo.hasNextPage ? r.data!.assets.pageInfo.endCursor : null
  } while (after && out.length < MOST)
  return out.slice(0, MOST)
}
