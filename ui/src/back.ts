// What keys stood on, by entry of the browser's history: who comes back from a
// page that was opened by keys stands there again.
const stood = new Map<string, string>()
const entry = (list: string) => `${(history.state as { __TSR_key?: string } | null)?.__TSR_key} ${list}`

/** stand keeps on what a list stands while this address is shown. */
export const stand = (list: string, on: string) => void stood.set(entry(list), on)

/** stoodOn is what it stood on when this address was left; nothing where the reader has not been. */
export const stoodOn = (list: string) => stood.get(entry(list))
