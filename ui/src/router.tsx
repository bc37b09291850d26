// Which page is at which address. Each is a file of its own that is loaded when
// it is first wanted; its folder holds all that is its own. The address is the
// state: a copied one shows the same thing.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { askSearch } from './ask/search'
import { assetSearch, assetsSearch } from './assets/search'
import { base } from './base'
import { ledgerSearch } from './decisions/search'
import { impactSearch } from './impact/change'
import { policiesSearch } from './policies/search'
import { timelineSearch } from './timeline/search'
import { Broken, Frame, NoPage } from './frame'
import { lineageSearch } from './lineage/search'
import { Skeleton } from './pane'
import { parseSearch, stringifySearch } from './search'
import { pages as t } from './texts/shell'
import { systemSearch } from './system/search'
import { todaySearch } from './today/search'

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    /** The name in the navigation and of the browser's tab. */
    title?: string
    /** The key after g; a page with one is in the navigation. */
    key?: string
  }
  interface Register { router: typeof router }
}

const root = createRootRoute({ component: Frame, notFoundComponent: NoPage, errorComponent: Broken })
const under = { getParentRoute: () => root }

// One line a page, and its name in the list below: the order of the navigation.
const today = createRoute({ ...under, path: '/', staticData: { title: t.today, key: 't' }, validateSearch: todaySearch, component: lazyRouteComponent(() => import('./today/page')) })
const assets = createRoute({ ...under, path: '/assets', staticData: { title: t.assets, key: 'a' }, validateSearch: assetsSearch, component: lazyRouteComponent(() => import('./assets/page')) })
const asset = createRoute({ ...under, path: '/a/$id', staticData: { title: t.asset }, validateSearch: assetSearch, component: lazyRouteComponent(() => import('./asset/page')) })
const lineage = createRoute({ ...under, path: '/lineage', staticData: { title: t.lineage, key: 'l' }, validateSearch: lineageSearch, component: lazyRouteComponent(() => import('./lineage/page')) })
const decisions = createRoute({ ...under, path: '/decisions', staticData: { title: t.decisions, key: 'd' }, validateSearch: ledgerSearch, component: lazyRouteComponent(() => import('./decisions/page')) })
const decision = createRoute({ ...under, path: '/d/$id', staticData: { title: t.decision }, component: lazyRouteComponent(() => import('./decision/page')) })
const policies = createRoute({ ...under, path: '/policies', staticData: { title: t.policies, key: 'p' }, validateSearch: policiesSearch, component: lazyRouteComponent(() => import('./policies/page')) })
const timeline = createRoute({ ...under, path: '/timeline', staticData: { title: t.timeline, key: 'r' }, validateSearch: timelineSearch, component: lazyRouteComponent(() => import('./timeline/page')) })
const run = createRoute({ ...under, path: '/r/$id', staticData: { title: t.run }, component: lazyRouteComponent(() => import('./run/page')) })
const impact = createRoute({ ...under, path: '/impact', staticData: { title: t.impact, key: 'i' }, validateSearch: impactSearch, component: lazyRouteComponent(() => import('./impact/page')) })
const system = createRoute({ ...under, path: '/system', staticData: { title: t.system, key: 's' }, validateSearch: systemSearch, component: lazyRouteComponent(() => import('./system/page')) })
const ask = createRoute({ ...under, path: '/query', staticData: { title: t.query }, validateSearch: askSearch, component: lazyRouteComponent(() => import('./ask/page')) })
const tree = root.addChildren([today, assets, lineage, asset, impact, timeline, decisions, policies, system, decision, run, ask])

export const router = createRouter({
  routeTree: tree, basepath: base, parseSearch, stringifySearch, defaultPreload: 'intent', scrollRestoration: true,
  defaultPendingComponent: () => <main id="main" tabIndex={-1}><Skeleton rows={6} /></main>, defaultErrorComponent: Broken,
})
