import { expect, test } from 'vitest'
import { actionsCommand, assetsCommand, lateCommand, runsCommand, shadowCommand, showCommand, timelineCommand, urnOf } from './commands'

test.each([
  ['all assets', assetsCommand({}), 'weir search'],
  ['found assets', assetsCommand({ q: "-x it's", type: 'DATASET', kind: 'TABLE', tool: 'dbt', ns: 'a b', owner: 'o', tag: 'pii', removed: true }), "weir search --type 'dataset' --kind 'table' --tool 'dbt' --owner 'o' --tag 'pii' --namespace 'a b' --removed -- '-x it'\\''s'"],
  ['jobs whose last run failed', assetsCommand({ type: 'JOB', run: 'FAILED' }), "weir search --type 'job' --failed"],
  ['assets by state', assetsCommand({ state: 'LATE' }), undefined],
  ['assets by mode', assetsCommand({ mode: 'ACT' }), undefined],
  ['found assets by name', assetsCommand({ q: 'orders', sort: 'name' }), undefined],
  ['all assets by name', assetsCommand({ sort: 'name' }), 'weir search'],
  ['all actions', actionsCommand({}), 'weir actions --first 100'],
  ['open actions', actionsCommand({ state: 'open' }), 'weir actions --open --first 100'],
  ['asked actions', actionsCommand({ state: 'asked' }), 'weir actions --awaiting-approval --first 100'],
  ['failed actions', actionsCommand({ state: 'failed' }), undefined],
  ['actions on one asset', actionsCommand({ target: 'asset_1' }), undefined],
  ['runs of a job', runsCommand([{ namespace: 'n', name: "j's" }, { namespace: 'n', name: "j's" }]), "weir runs 'job:n/j'\\''s' --first 100"],
  ['runs of two jobs', runsCommand([{ namespace: 'n', name: 'a' }, { namespace: 'n', name: 'b' }]), undefined],
  ['no runs', runsCommand([]), undefined],
  ['a window', timelineCommand({ from: 'x' }, '2026-03-01T00:00:00.000Z', '2026-03-02T00:00:00.000Z'), 'weir runs --active-after 2026-03-01T00:00:00.000Z --until 2026-03-02T00:00:00.000Z --first 200'],
  ['a window of one tool', timelineCommand({ tool: 'DBT' }, 'a', 'b'), undefined],
  ['an asset', showCommand(urnOf('Dataset', { namespace: 'n', name: '$(rm)' })), "weir show 'dataset:n/$(rm)'"],
  ['what a policy wants', lateCommand('p q'), "weir late --all --policy 'p q' --first 200"],
  ['a shadow', shadowCommand('p', 100), "weir shadow 'p' --first 100"],
])('the command of %s', (_, command, is) => expect(command).toBe(is))
