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
  const name = basename(path)
  // Most names need no expression: to compile one with all the letters there are takes milliseconds.
  let end = 0
  while (isAsciiLetterOrDigit(name.charCodeAt(end))) end++
  return name.charCodeAt(end) < 0x80 || end === name.length
    ? name.slice(0, end)
    : (lettersAndDigits.exec(name)?.[0] ?? '')
}

const lettersAndDigits = /^[\p{L}\p{N}]*/u

function isAsciiLetterOrDigit(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a)
}
