import type { Place, Problem } from './problem.ts'

/**
 * `FILE:LINE:COLUMN: KEY: what is wrong; how to mend it`, in one line; a warning or a note says so before the key. What
 * there is not (a line of a program's object, a key of a whole file) is left out.
 */
export function printProblem({ severity, place, key, message, fix }: Problem): string {
  const word = severity === 'error' ? '' : severity
  const mend = fix === '' ? '' : `; ${fix}`
  const parts = [printPlace(place), word, key, `${message}${mend}`].filter((part) => part !== '')
  return parts.join(': ').replaceAll(/\s*[\r\n\u2028\u2029]+\s*/g, ' ')
}

function printPlace({ file, line, column }: Place): string {
  if (line === 0) return file
  return column === 0 ? `${file}:${line}` : `${file}:${line}:${column}`
}

/** Names in a message: `a, b, c`; of many the first ones. */
export function someOf(names: ReadonlySet<string> | readonly string[], most = 30): string {
  const count = 'size' in names ? names.size : names.length
  const some: string[] = []
  for (const name of names) {
    if (some.length === most) break
    some.push(name)
  }
  return count > most ? `${some.join(', ')} and ${count - most} more` : some.join(', ')
}
