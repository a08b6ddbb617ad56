import { basename } from 'node:path'

/** Whether a file may be a copy of another one, as far as names tell. */
export function mayBeCopyOf(file: { readonly path: string }, original: { readonly path: string }): boolean {
  return isNamedLike(basename(file.path), basename(original.path))
}

/** app.log: app.log.1, app.log-20261121.gz, app-20261121.log; not app2.log */
export function isNamedLike(name: string, original: string): boolean {
  const stem = stemOf(original)
  return name.startsWith(stem) && !/[\p{L}\p{N}]/u.test(name.charAt(stem.length))
}

/** All of a name that decides which other names are like it. */
export function stemOf(original: string): string {
  const dot = original.indexOf('.', 1)
  return dot < 0 ? original : original.slice(0, dot)
}

/** The letters and digits that a name begins with: the same in all names that are like each other. */
export function leadOf(path: string): string {
  return /^[\p{L}\p{N}]*/u.exec(basename(path))?.[0] ?? ''
}
