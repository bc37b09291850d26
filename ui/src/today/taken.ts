// The lists of Today as tables to take along. Pure.
import { listForms } from '../forms'
import * as t from '../texts/today'
import type { Group, Proposed } from './queries'

/** full is a name with its namespace, if it has one. */
export const full = (n: { namespace: string; name: string }) => [n.namespace, n.name].filter(Boolean).join('/')

/** causesForms are what is wrong, a line each root cause. */
export const causesForms = (list: readonly Group[]) => listForms(t.taken.causes, list.map((g) => [g.state, full(g.cause.name), g.cause.owner, g.since, g.members.totalCount, g.acknowledgement?.actor, g.cause.says]), list)

/** nextForms are what policies will start. */
export const nextForms = (list: readonly Proposed[]) => listForms(t.taken.next, list.map((a) => [a.expectedAt, a.toolJob, a.connector, full(a.targetName), a.mode, a.policies[0], a.says]), list)
