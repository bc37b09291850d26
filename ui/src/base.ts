// Where weir is served: behind a proxy it may be a folder of another site. The
// server writes the folder into index.html; it begins and ends with a slash.
const given = globalThis.document?.querySelector<HTMLMetaElement>('meta[name=weir-base]')?.content ?? ''
export const base = given.startsWith('/') ? given : '/'

/** place is the path of one of weir's own routes, for example place('graphql'). */
export function place(path: string): string {
  return base + path.replace(/^\//, '')
}
