import { expect, test } from 'vitest'
import { EVERYWHERE, lacks, type Session } from './session'

const mutations = { requestRun: { roles: ['operator', 'admin'], everywhere: false }, setKillSwitch: { roles: ['operator', 'admin'], everywhere: true } }
const session = (...grants: [role: string, ...namespaces: string[]][]): Session => ({ required: true, known: true, name: 'ann', grants: grants.map(([role, ...namespaces]) => ({ role, namespaces })), everywhere: [], mutations })
const run = (where?: string) => ({ mutation: 'requestRun', in: where })

test('a role is enough in the namespaces that its globs match', () => {
  const some = session(['viewer', '*'], ['operator', 'postgres://wh*', 'looker'])
  expect(lacks(some, run('postgres://wh-eu:5432'))).toBe(null)
  expect(lacks(some, run('looker'))).toBe(null)
  expect(lacks(some, run('looker2'))).toContain('the role operator or admin in namespace looker2: ann has viewer in * and operator in postgres://wh*, looker')
  expect(lacks(session(['operator', 'a.c']), run('abc'))).not.toBe(null)
  expect(lacks(session(['operator', 'a*c']), run('a\nb*c'))).toBe(null)
})

test('what lies in no one namespace takes the role in every one', () => {
  expect(lacks(session(['operator', 'prod']), run(EVERYWHERE))).toContain('in every namespace')
  expect(lacks(session(['operator', 'prod']), { mutation: 'setKillSwitch', in: 'prod' })).toContain('in every namespace')
  expect(lacks(session(['operator', 'prod', '*']), { mutation: 'setKillSwitch' })).toBe(null)
})

test('where only weir knows the place, the role is enough somewhere', () => {
  expect(lacks(session(['operator', 'prod']), run())).toBe(null)
  expect(lacks(session(['viewer', '*']), run())).toContain('Needs the role operator or admin: ann')
  expect(lacks(session(), run())).toContain('ann has none')
})

test('while nobody is asked who they are, nothing is lacked', () => {
  expect(lacks(undefined, run('a'))).toBe(null)
  expect(lacks({ ...session(['viewer', '*']), required: false }, run('a'))).toBe(null)
})
