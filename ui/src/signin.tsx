import { useState } from 'react'
import { signIn } from './session'
import { Shape } from './shape'
import * as t from './texts/shell'

/** SignIn asks for a key once; a cookie that no script can read keeps it. */
export function SignIn() {
  const [wrong, setWrong] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  return (
    <main id="main" tabIndex={-1}>
      <h1>{t.access.title}</h1>
      <p>{t.access.why}</p>
      <form className="line" onSubmit={(e) => {
        e.preventDefault()
        const key = String(new FormData(e.currentTarget).get('key') ?? '')
        setBusy(true)
        void signIn(key).catch((x: Error) => t.noAnswer(x.message)).then((w) => (w === null ? location.reload() : (setWrong(w), setBusy(false))))
      }}>
        <label>{t.access.key} <input name="key" type="password" autoComplete="current-password" spellCheck={false} required autoFocus /></label>
        <button className="primary" disabled={busy}>{t.access.signIn}</button>
      </form>
      {wrong && <p className="note bad" role="alert"><Shape kind="cross" /> {wrong}</p>}
      <p className="soft">{t.access.where} <code>weir keys create</code></p>
    </main>
  )
}
