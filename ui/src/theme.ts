// Light or dark: as the system says, until somebody says otherwise here.
export const themes = ['auto', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]
const KEY = 'weir-theme'

export function theme(): Theme {
  return themes.find((t) => t === stored()) ?? 'auto'
}

export function setTheme(t: Theme) {
  try {
    localStorage.setItem(KEY, t)
  } catch {
    // A browser that keeps nothing: it holds for this page.
  }
  show(t)
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}

function show(t: Theme) {
  if (t === 'auto') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = t
}

show(theme())
