import { Link } from '@tanstack/react-router'
import { useCallback, useEffect, useState } from 'react'
import { place } from '../base'
import { asked } from '../asked'
import { Called } from '../called'
import { CopyAs } from '../copyas'
import { useLive, useNow } from '../live'
import { Pane } from '../pane'
import { Chip, Time } from '../parts'
import { useLiveQuery, type Answer } from '../query'
import { administers, useSession } from '../session'
import { Table, tableForms, type Column } from '../table'
import * as t from '../texts/system'
import { CONFIGURATION, type Setting } from './queries'

/** Key is one of those that /api/v1/keys lists: of the secret weir itself knows but the hash. */
type Key = { id: string; name: string; role: string; namespaces: string[]; createdAt: string; createdBy?: string; expiresAt?: string; lastUsedAt?: string; revokedAt?: string }

/** Access is who may do what, what people asked for, and how weir was set: for administrators, as weir itself decides. */
export function Access() {
  const session = useSession()
  if (!session) return null
  const may = administers(session)
  return (
    <>
      <Keys may={may} required={session.required} />
      <Configuration may={may} />
    </>
  )
}

/** useKeyring reads the keys, again when weir says that something of its own changed, and when the window is looked at: a command on the server makes keys without a word. */
function useKeyring(pause: boolean): Answer<Key[]> {
  const { version, touched } = useLive()
  const [{ data, error }, set] = useState<{ data?: Key[]; error?: Error }>({})
  const again = useCallback(() => {
    void fetch(place('api/v1/keys')).then(async (r) => {
      const said = (await r.json()) as { keys?: Key[]; detail?: string }
      if (!r.ok) throw new Error(said.detail ?? String(r.status))
      set({ data: said.keys ?? [] })
    }).catch((error: Error) => set((had) => ({ ...had, error })))
  }, [])
  useEffect(() => {
    if (!pause && touched === null) again()
  }, [pause, again, version, touched])
  useEffect(() => {
    if (pause) return
    again()
    window.addEventListener('focus', again)
    return () => window.removeEventListener('focus', again)
  }, [pause, again])
  return { data, error, loading: !pause && !data && !error, old: false, again }
}

function stateOf(k: Key, now: number): [code: string, word: string] {
  if (k.revokedAt) return ['CANCELLED', t.keyStates.revoked]
  if (k.expiresAt && Date.parse(k.expiresAt) <= now) return ['EXPIRED', t.keyStates.over]
  return ['SUCCEEDED', t.keyStates.counts]
}

function Keys({ may, required }: { may: boolean; required: boolean }) {
  const now = useNow()
  const answer = useKeyring(!may)
  const keys = answer.data ?? []
  const columns: Column<Key>[] = [
    { key: 'name', title: t.keyColumns.name, width: 'minmax(140px, 1.2fr)', cell: (k) => <Called name={k.name} />, value: (k) => k.name },
    { key: 'state', title: t.keyColumns.state, width: '112px', cell: (k) => <Chip code={stateOf(k, now)[0]} word={stateOf(k, now)[1]} />, value: (k) => stateOf(k, now)[1] },
    { key: 'role', title: t.keyColumns.role, width: '96px', cell: (k) => <span title={t.roleMeans[k.role]}>{k.role}</span>, value: (k) => k.role },
    { key: 'namespaces', title: t.keyColumns.namespaces, width: 'minmax(160px, 2fr)', cell: (k) => <bdi title={spaces(k)}>{spaces(k)}</bdi>, value: spaces },
    { key: 'made', title: t.keyColumns.made, width: 'minmax(150px, 1fr)', cell: (k) => <><Time at={k.createdAt} now={now} />{k.createdBy && <span className="soft"> {t.by(k.createdBy)}</span>}</>, value: (k) => k.createdAt },
    { key: 'used', title: t.keyColumns.used, width: '120px', cell: (k) => (k.lastUsedAt ? <Time at={k.lastUsedAt} now={now} relative /> : <span className="soft">{t.never}</span>), value: (k) => k.lastUsedAt ?? null },
    { key: 'until', title: t.keyColumns.until, width: '130px', cell: (k) => (k.expiresAt ? <Time at={k.expiresAt} now={now} /> : <span className="soft">{t.always}</span>), value: (k) => k.expiresAt ?? null },
    { key: 'id', title: t.keyColumns.id, width: '150px', cell: (k) => <code>{k.id}</code>, value: (k) => k.id },
  ]
  return (
    <Pane title={t.keys} id="keys" answer={may ? answer : undefined} empty={!may ? t.onlyAdmins : keys.length === 0 && (required ? t.noKeys : <>{t.nobodyAsked} <code>weir keys create --data … --name … --role admin</code></>)}
      extra={<span className="filters"><Link to="/decisions" search={{ tab: 'actions' } as never}>{t.audit}</Link><Link to="/policies">{t.auditPolicies}</Link>{keys.length > 0 && <CopyAs of={{ ...tableForms(columns, keys), cli: 'weir keys list', file: 'keys' }} />}</span>}>
      <Table label={t.keys} columns={columns} rows={keys} rowKey={(k) => k.id} />
    </Pane>
  )
}

const spaces = (k: Key) => (k.namespaces.includes('*') ? t.every : k.namespaces.join(', '))

function Configuration({ may }: { may: boolean }) {
  const answer = useLiveQuery(CONFIGURATION, {}, { pause: !may, still: true })
  const rows = answer.data?.configuration ?? []
  const columns: Column<Setting>[] = [
    { key: 'key', title: t.settingColumns.key, width: 'minmax(160px, 1fr)', cell: (s) => <code>{s.key}</code>, value: (s) => s.key },
    { key: 'value', title: t.settingColumns.value, width: 'minmax(200px, 2fr)', cell: (s) => (s.value === '' ? <span className="soft">{t.notSet}</span> : <bdi title={s.value}>{s.value}</bdi>), value: (s) => s.value },
    { key: 'origin', title: t.settingColumns.origin, width: 'minmax(180px, 1.4fr)', cell: (s) => (s.where ? <>{t.origins[s.origin]} <code title={s.where}>{s.where}</code></> : <span className="soft">{t.origins[s.origin]}</span>), value: (s) => s.where ?? s.origin.toLowerCase() },
  ]
  return (
    <Pane title={t.configuration} id="configuration" answer={may ? answer : undefined} empty={!may ? t.onlyAdmins : rows.length === 0 && t.noSettings}
      extra={rows.length > 0 && <CopyAs of={{ ...tableForms(columns, [...rows]), asked: asked(CONFIGURATION, {}), file: 'configuration' }} />}>
      <Table label={t.configuration} columns={columns} rows={[...rows]} rowKey={(s) => s.key} height={32} />
    </Pane>
  )
}
