/**
 * Whether a program printed what a page shows. `…` stands for anything within a line, a line of its own for any lines;
 * blanks at the ends of lines do not count.
 */
export function printsAs(shown: string, printed: string): boolean {
  const lines = trimmed(shown).split('\n')
  const pattern = lines.map((line) => (line.trim() === '…' ? '(?:[^\\n]*\\n)*?' : `${withGaps(line)}\\n`)).join('')
  return new RegExp(`^${pattern}$`, 'u').test(`${trimmed(printed)}\n`)
}

function withGaps(line: string): string {
  return line.split('…').map(escaped).join('[^\\n]*?')
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

function trimmed(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim()
}
