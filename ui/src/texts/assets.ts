// What the list of assets says.
import type { AssetProperty, SearchPlace } from '../gen/graphql'
import { grouped } from './count'

export const title = 'Assets'
export const placeholder = 'Search names, columns, tags, owners, descriptions'
export const label = 'Search assets'
export const list = 'Assets found'
export const narrow = 'Narrow'
export const properties: Record<AssetProperty, string> = { STATE: 'Status', LAST_RUN: 'Last run of a job', MODE: 'Policy mode', TYPE: 'Data or job', KIND: 'Kind', TOOL: 'Tool', OWNER: 'Owner', TAG: 'Tag', NAMESPACE: 'Namespace' }
export const places: Record<SearchPlace, string> = { NAME: 'name', FIELD: 'column', TAG: 'tag', OWNER: 'owner', NAMESPACE: 'namespace', DESCRIPTION: 'description' }
export const columns = { name: 'Asset', status: 'Status', run: 'Last run', kind: 'Kind', owner: 'Owner', namespace: 'Namespace', match: 'Found in' } as const
export const found = (n: number) => (n === 1 ? '1 asset' : `${grouped(n)} assets`)
export const loaded = (n: number, of: number) => `${grouped(n)} of ${grouped(of)} read; the rest follows as you go down`
export const moreValues = (n: number) => `${grouped(n)} more`
export const fewer = 'fewer'
export const never = 'weir has seen nothing yet.'
export const firstSteps = 'What to do first'
export const noMatch = 'Nothing matches.'
export const withoutFilters = 'Search without the filters'
export const alsoRemoved = 'Also look among removed assets'
export const clearSearch = 'Clear the search'
export const job = 'job'
export const take = (what: string) => `Take away: ${what}`
export const removedToo = 'removed ones, too'
export const values: Record<string, string> = { DATASET: 'data', JOB: 'jobs' }
export const order = 'Order'
export const orders = { best: 'best first', name: 'by name' } as const
export const copyFound = 'Copy all found as'
export const readSoFar = (n: number) => `${grouped(n)} read…`
export const bulkBound = (n: number) => `copies take the first ${grouped(n)}`
export const views = {
  title: 'Saved views', none: 'Searches that you save are listed here.', name: 'Name of this search', save: 'Save',
  forget: (name: string) => `Forget ${name}`,
  where: 'Kept by this browser only. To share a search, copy its address.',
  lost: 'This browser keeps nothing: it is gone when you leave.',
} as const
