/** Cells are Markdown; a row's cells may be empty. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`
  return [line(header), `|${header.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}

export function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``
}

export function codes(texts: readonly string[]): string {
  return texts.map(code).join(', ')
}

export function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``
}

/** Parts with one empty line between them; those that are empty or undefined are left out. */
export function page(...parts: readonly (string | undefined)[]): string {
  return `${[generated, ...parts].filter((part) => part !== undefined && part !== '').join('\n\n')}\n`
}

/** One line with a full stop, whatever the author wrote. */
export function sentence(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ')
  if (line === '') return ''
  const capital = line[0]!.toUpperCase() + line.slice(1)
  return /[.!?]$/.test(capital) ? capital : `${capital}.`
}

const generated = '<!-- Generated from the sources by `npm run docs`. Do not edit. -->'

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')
}
