// A name in a list, a table or a picture. Where there is too little room its
// start gives way: names differ at their ends.
import { Fragment } from 'react'
import { halves, short } from './words'

/** MOST letters of a name are text; some are 64 kB long. */
const MOST = 1024

/**
 * Called shows one name; title is the whole, with its namespace where it has one. The text lies unseen over what is
 * drawn: it is read out, found, marked and copied in one piece.
 */
export function Called({ name, title = name }: { name: string; title?: string }) {
  const [start, end] = halves(name, 13, 200)
  return (
    <bdi className="name called" title={title}>
      <span className="drawn" aria-hidden="true" data-start={start} data-end={end} />
      <span className="whole">{short(name, MOST)}</span>
    </bdi>
  )
}

/** CalledFirst shows the first of several names, and how many more there are. */
export function CalledFirst({ names }: { names: string[] }) {
  if (names.length === 0) return null
  return <span className="several soft" title={names.join(', ')}><Called name={names[0]!} />{names.length > 1 && <span className="rest">+{names.length - 1}</span>}</span>
}

/** Steps are the last two of a way, where one comes in; the whole is in its title. */
export function Steps({ names, title }: { names: string[]; title: string }) {
  return <span className="several soft" title={title}>{names.length > 2 && <span className="rest">… →</span>}{names.slice(-2).map((n, i) => <Fragment key={i}>{i > 0 && <span className="rest">→</span>}<Called name={n} title={title} /></Fragment>)}</span>
}
