import type { ComponentProps } from 'react'
import { useConfirm, useRefusal, type Deed } from './confirm'

/** Button is dead when it is refused, and says why, but stays where keys and screen readers find it. */
export function Button({ refused, onClick, ...more }: { refused: string | null } & ComponentProps<'button'>) {
  return refused ? <button {...more} type="button" aria-disabled="true" title={refused} /> : <button {...more} type="button" onClick={onClick} />
}

/** Act is the button of a deed, for those who may do it. */
export function Act({ deed, children = deed.title, onClick, ...more }: { deed: Deed } & ComponentProps<'button'>) {
  const ask = useConfirm()
  return <Button data-deed={deed.needs.mutation} {...more} refused={useRefusal(deed)} onClick={(e) => (onClick?.(e), ask(deed))}>{children}</Button>
}
