// What can be done from here, for the palette: a page adds its own while it is shown.
import { shown } from './shown'

export type Verb = { what: string; run: () => void }

/** useVerbs offers actions in the palette while the component is shown; useKnownVerbs are those of now. */
export const { useOffer: useVerbs, useKnown: useKnownVerbs } = shown<Verb>((v) => v.what)
