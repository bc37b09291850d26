// Pictures to take along: the server paints them, as the command line has them.
import { useRef, useState } from 'react'
import { client } from '../api'
import { copy, save } from '../copyas'
import type { PictureForm } from '../gen/graphql'
import * as t from '../texts/lineage'
import { PICTURE } from './queries'
import { question, type LineageSearch } from './search'

async function painted(search: LineageSearch, form: PictureForm): Promise<string> {
  const r = await client.query(PICTURE, { ...question(search), form }).toPromise()
  if (r.error || !r.data) throw r.error ?? new Error(t.failed)
  return r.data.lineageScene.picture
}

/** raster makes a PNG of twice the size; less where a browser could not hold it. */
async function raster(svg: string): Promise<Blob> {
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`
  await image.decode()
  const scale = Math.min(2, 16_000 / Math.max(image.width, image.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(image.width * scale)
  canvas.height = Math.round(image.height * scale)
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height)
  return new Promise((done, failed) => canvas.toBlob((b) => (b ? done(b) : failed(new Error(t.failed))), 'image/png'))
}

export function Take({ search, name }: { search: LineageSearch; name: string }) {
  const [said, setSaid] = useState('')
  const menu = useRef<HTMLDetailsElement>(null)
  const file = `lineage-${name}`.replace(/[^\w.-]+/g, '_')
  const close = () => {
    menu.current?.removeAttribute('open')
    menu.current?.querySelector('summary')?.focus()
  }
  const does = (what: () => Promise<string>) => () => {
    close()
    what().then(setSaid, (e: Error) => setSaid(`${t.failed}: ${e.message}`)).finally(() => window.setTimeout(() => setSaid(''), 3000))
  }
  const take = async (form: PictureForm) => ((await copy(await painted(search, form))) ? t.copied : t.failed)
  return (
    <details className="menu" ref={menu} onKeyDown={(e) => e.key === 'Escape' && (e.stopPropagation(), close())}>
      <summary>{said || t.take}</summary>
      <div className="sheet">
        <button onClick={does(async () => (save(`${file}.svg`, 'image/svg+xml', await painted(search, 'SVG')), t.saved))}>{t.svg}</button>
        <button onClick={does(async () => (save(`${file}.png`, 'image/png', await raster(await painted(search, 'SVG'))), t.saved))}>{t.png}</button>
        <button onClick={does(() => take('MERMAID'))}>{t.mermaid}</button>
        <button onClick={does(() => take('DOT'))}>{t.dot}</button>
      </div>
      <span className="hide" role="status">{said}</span>
    </details>
  )
}
