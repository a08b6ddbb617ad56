import type { TextOutput } from './io.ts'

/** Columns that lines are broken at: the terminal's, within what is readable. */
export function widthOf({ columns }: Pick<TextOutput, 'columns'>): number {
  return Math.min(Math.max(columns ?? 100, 60), 120)
}

/** Breaks a text into lines at blanks; a word that is longer than a line stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  if (line !== '') lines.push(line)
  return lines
}

/** Terms with their explanations beside them, or below them where a term is too long for its column. */
export function definitionList(rows: readonly (readonly [term: string, text: string])[], width: number): string {
  const longest = Math.max(0, ...rows.map(([term]) => term.length))
  const column = Math.min(longest, 32) + 4
  return rows.map(([term, text]) => definition(term, wrap(text, width - column), column)).join('')
}

function definition(term: string, lines: readonly string[], column: number): string {
  const indent = ' '.repeat(column)
  const [first = '', ...rest] = lines
  const fits = term.length + 4 <= column
  const head = fits ? `  ${term.padEnd(column - 2)}${first}` : `  ${term}\n${indent}${first}`
  return [head.trimEnd(), ...rest.map((line) => indent + line)].map((line) => `${line}\n`).join('')
}

/** A table with a line of headings; the last column is broken to the width. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], width: number): string {
  const last = headings.length - 1
  const columns = headings
    .slice(0, last)
    .map((heading, index) => Math.min(28, Math.max(heading.length, ...rows.map((row) => row[index]!.length))))
  const taken = columns.reduce((sum, each) => sum + each + 2, 2)
  const textWidth = Math.max(24, width - taken)
  const lineOf = (cells: readonly string[]): string => {
    const broken = [
      ...cells.slice(0, last).map((cell, index) => chop(cell, columns[index]!)),
      wrap(cells[last]!, textWidth),
    ]
    const height = Math.max(1, ...broken.map((lines) => lines.length))
    return Array.from({ length: height }, (_, line) => {
      const text = broken.map((lines, index) => (lines[line] ?? '').padEnd((columns[index] ?? 0) + 2)).join('')
      return `  ${text.trimEnd()}\n`
    }).join('')
  }
  return [lineOf(headings), lineOf(headings.map((heading) => '-'.repeat(heading.length))), ...rows.map(lineOf)].join('')
}

/** Breaks a cell at blanks, and a word that is too long for it where the cell ends. */
function chop(text: string, width: number): string[] {
  return wrap(text, width).flatMap((line) => line.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [])
}
