// What can be done from here, for the palette: a page adds its own while it is shown.
import type { Deed } from './confirm'
import type { Need } from './session'
import { shown } from './shown'

export type Verb = { what: string; run: () => void; needs?: Need }

/** verb offers a deed, to those who may do it. */
export const verb = (deed: Deed, ask: (d: Deed) => void): Verb => ({ what: deed.title, run: () => ask(deed), needs: deed.needs })

/** useVerbs offers actions in the palette while the component is shown; useKnownVerbs are those of now. */
export const { useOffer: useVerbs, useKnown: useKnownVerbs } = shown<Verb>((v) => v.what)
