// What the addresses of the assets and of one asset hold.
import { oneOf, text, whole, type Raw } from '../search'

export type AssetsSearch = { q?: string }
export const assetsSearch = (s: Raw): AssetsSearch => ({ q: text(s.q) })

export const tabs = ['overview'] as const
export type AssetSearch = { hops?: number; tab?: (typeof tabs)[number] }
export const assetSearch = (s: Raw): AssetSearch => ({ hops: whole(s.hops, 1, 5), tab: oneOf(s.tab, tabs) })
