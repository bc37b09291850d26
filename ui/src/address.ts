// The address that is taken along. A page whose address means another thing as
// time goes on says what it means now; the one that is shown goes on.
import { useEffect, useRef } from 'react'
import { parseSearch, stringifySearch, type Raw } from './search'

type Still = (search: Raw) => Raw
let still: Still | undefined

/** useStill puts what is shown into the address that is copied. */
export function useStill(make: Still) {
  const latest = useRef(make)
  latest.current = make
  useEffect(() => {
    const mine: Still = (s) => latest.current(s)
    still = mine
    return () => {
      if (still === mine) still = undefined
    }
  }, [])
}

/** stillAddress shows the same next month. */
export function stillAddress(href = location.href): string {
  if (!still) return href
  const url = new URL(href)
  url.search = stringifySearch(still(parseSearch(url.search)))
  return url.href
}
