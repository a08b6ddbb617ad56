import type { Problem } from '../config/problem.ts'
import type { Log } from '../core/index.ts'
import type { LogFormat } from '../runtime/console-log.ts'
import type { TextOutput } from './io.ts'

/**
 * `FILE:LINE:COLUMN: KEY: what is wrong; how to mend it` and the line's end; warnings and notes say so before the key, and
 * what has no place has line 0. Scripts read it.
 */
export function problemLine({ severity, place, key, message, fix }: Problem): string {
  const { file, line, column } = place
  const word = severity === 'error' ? '' : severity
  const whatAndHow = fix === '' ? message : `${message}; ${fix}`
  const parts = [`${file || unnamed}:${line}:${column}`, word, key, whatAndHow].filter((part) => part !== '')
  return `${parts.join(': ').replaceAll(/\s*[\r\n\u2028\u2029]+\s*/g, ' ')}\n`
}

/** What `check --json` writes: one array, an object a problem. */
export function problemsJson(problems: readonly Problem[]): string {
  const rows = problems.map(({ severity, place, key, message, fix }) => {
    return { severity, file: place.file, line: place.line, column: place.column, key, message, fix }
  })
  return `${JSON.stringify(rows, undefined, 2)}\n`
}

/** Findings at the start of an agent: plain lines for people, lines of the log for machines. */
export function reportProblems(problems: readonly Problem[], format: LogFormat, log: Log, stderr: TextOutput): void {
  for (const problem of problems) {
    const { severity, place, key, message, fix } = problem
    if (format === 'text') {
      stderr.write(problemLine(problem))
      continue
    }
    const facts = { file: place.file, line: place.line, column: place.column, key, fix }
    if (severity === 'error') log.error(message, facts)
    else if (severity === 'warning') log.warn(message, facts)
    else log.info(message, facts)
  }
}

/** `2 errors, 1 warning`. */
export function countsOf(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const warnings = problems.filter(({ severity }) => severity === 'warning').length
  const counts = [counted(errors, 'error'), counted(warnings, 'warning')].filter((text) => text !== '')
  return counts.length === 0 ? 'nothing found' : counts.join(', ')
}

/** `1 event`, `2 events`; empty for none. */
function counted(count: number, what: string): string {
  return count === 0 ? '' : `${count} ${what}${count === 1 ? '' : 's'}`
}

/**
 * In the order of the files' lines, each finding once: a file that several agents share is looked at for each of them.
 * @param files in the order in which they were named
 */
export function inOrder(problems: readonly Problem[], files: readonly string[]): readonly Problem[] {
  const seen = new Set<string>()
  const once = problems.filter(({ place, key, message }) => {
    const identity = `${place.file}\0${place.line}\0${place.column}\0${key}\0${message}`
    return !seen.has(identity) && seen.add(identity)
  })
  const rank = ({ place }: Problem): number => {
    const index = files.indexOf(place.file)
    return index < 0 ? files.length : index
  }
  return once.sort(
    (one, other) =>
      rank(one) - rank(other) || one.place.line - other.place.line || one.place.column - other.place.column,
  )
}

/** Stands for a file where a finding has none. */
const unnamed = 'configuration'
