import { getRouteApi, Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { asked } from '../asked'
import { Called } from '../called'
import { FindColumn, useColumns } from '../columns/find'
import { COLUMNS, type Field } from '../columns/queries'
import { CopyAs } from '../copyas'
import { Pane } from '../pane'
import { useLiveQuery } from '../query'
import { Table, tableForms, type Column } from '../table'
import * as t from '../texts/asset'
import { beside, type Beside } from './fieldlineage'
import { COLUMN_LINEAGE, type DatasetDetail } from './queries'

const route = getRouteApi('/a/$id')
const none: Beside[] = []

/** Columns lists the columns, each with those that it comes from and goes to. */
export function Columns({ a }: { a: DatasetDetail }) {
  const { sort, find = '' } = route.useSearch()
  const navigate = route.useNavigate()
  const { answer, rows, more, next, total, question } = useColumns(a.id, find, sort !== undefined)
  const lineage = useLiveQuery(COLUMN_LINEAGE, { id: a.id }, { about: a.id })
  const by = useMemo(() => beside(a.id, lineage.data?.lineage), [a.id, lineage.data])
  const columns = useMemo((): Column<Field>[] => [
    { key: 'ordinal', title: t.columns.ordinal, width: '44px', right: true, value: (f) => f.ordinal, cell: (f) => <span className="soft">{f.ordinal}</span> },
    { key: 'name', title: t.columns.name, width: 'minmax(180px, 1.5fr)', value: (f) => f.name, cell: (f) => <Called name={f.name} /> },
    { key: 'type', title: t.columns.type, width: '130px', value: (f) => f.type, cell: (f) => <span className="soft">{f.type}</span> },
    { key: 'from', title: t.columns.from, width: 'minmax(180px, 2fr)', value: (f) => by.get(f.name)?.from.map(named).join('; '), cell: (f) => <Sides list={by.get(f.name)?.from ?? none} /> },
    { key: 'to', title: t.columns.to, width: 'minmax(180px, 2fr)', value: (f) => by.get(f.name)?.to.map(named).join('; '), cell: (f) => <Sides list={by.get(f.name)?.to ?? none} /> },
    { key: 'what', title: t.columns.what, width: 'minmax(140px, 2fr)', value: (f) => f.description, cell: (f) => <span className="soft" title={f.description ?? undefined}>{f.tags.map((g) => <bdi className="tag" key={g.key}>{g.key}{g.value ? `: ${g.value}` : ''}</bdi>)} {f.description}</span> },
  ], [by])
  const cut = lineage.data?.lineage.cut
  return (
    <Pane title={t.columnList} answer={answer} rows={10} empty={find === '' && rows.length === 0 && t.noColumns} filtered={rows.length === 0 && t.noColumnMatches}
      hidden={{ count: cut && cut !== 'DEPTH' ? null : 0, why: cut === 'NO_COLUMN_LINEAGE' ? t.lineageUnlit : t.lineageCut }}
      extra={<span className="line">{rows.length < total && <span className="soft" role="status">{t.columnsRead(rows.length, total)}</span>}<FindColumn label={t.findColumn} value={find} onFind={(words) => void navigate({ search: (s) => ({ ...s, find: words || undefined }), replace: true })} /><CopyAs of={{ file: `${a.name.name.slice(-60)}-columns`, ...tableForms(columns, rows, more), asked: asked(COLUMNS, question), json: () => rows.map((f) => ({ ...f, ...by.get(f.name) })) }} /></span>}>
      <Table label={t.columnList} columns={columns} rows={rows} rowKey={(f) => f.name} sort={sort} onSort={(s) => void navigate({ search: (old) => ({ ...old, sort: s }), replace: true })} onEnd={more ? next : undefined} total={total} primary />
    </Pane>
  )
}

const named = (b: Beside) => `${b.name}#${b.field}`

function Sides({ list }: { list: Beside[] }) {
  return list.slice(0, 3).map((b, i) => <span key={b.id + b.field}>{i > 0 && ', '}<Link to="/a/$id" params={{ id: b.id }} search={{ tab: 'columns', find: b.field }}><Called name={`${b.name.slice(b.name.lastIndexOf('.') + 1)}.${b.field}`} title={named(b)} /></Link></span>).concat(list.length > 3 ? [<span key="more" className="soft"> +{list.length - 3}</span>] : [])
}
