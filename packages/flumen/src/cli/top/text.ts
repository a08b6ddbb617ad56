/** What a piece of text means; a terminal with colours shows it, another does not. */
export type Tone = 'plain' | 'strong' | 'dim' | 'good' | 'warn' | 'bad' | 'name' | 'warn name' | 'bad name' | 'keys'

/** Pieces of text side by side. */
export type Line = readonly Span[]

/** Longer texts are cut before anything is measured. */
const mostCharacters = 2000

/** A piece of text that is safe on any terminal: whatever its origin, nothing in it controls one. */
export class Span {
  readonly text: string
  readonly tone: Tone
  /** Cells of a terminal. */
  readonly width: number

  constructor(text: string, tone: Tone = 'plain') {
    this.text = clean(text)
    this.tone = tone
    this.width = cellsOf(this.text)
  }
}

/**
 * The text without anything that a terminal takes as a command: control characters become their pictures (U+2400 and
 * following), and what is invisible, turns the direction of writing or stands for nothing becomes U+FFFD.
 */
export function clean(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text) && text.length <= mostCharacters) return text
  return text
    .slice(0, mostCharacters)
    .toWellFormed()
    .replaceAll(/[\0-\x1f]/g, (control) => String.fromCharCode(0x2400 + control.charCodeAt(0)))
    .replaceAll('\x7f', '\u2421')
    .replaceAll(/[\ufe00-\ufe0f]/g, '')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cn}\p{Co}\u2028\u2029\u115f\u3164]/gu, '\ufffd')
}

export function widthOf(line: Line): number {
  return line.reduce((sum, { width }) => sum + width, 0)
}

/** The line in at most so many cells; what does not fit ends in an ellipsis. */
export function cropped(line: Line, width: number): Line {
  if (widthOf(line) <= width) return line
  if (width <= 0) return []
  const kept: Span[] = []
  let left = width - 1
  for (const span of line) {
    if (span.width > left) {
      kept.push(new Span(`${cut(span.text, left)}…`, span.tone))
      break
    }
    kept.push(span)
    left -= span.width
  }
  return kept
}

/** The line in exactly so many cells. */
export function pad(line: Line, width: number, side: 'left' | 'right' = 'left'): Line {
  const kept = cropped(line, width)
  const room = width - widthOf(kept)
  if (room <= 0) return kept
  const blanks = new Span(' '.repeat(room))
  return side === 'left' ? [...kept, blanks] : [blanks, ...kept]
}

/** Breaks a text at blanks, and a word that is longer than a line where the line ends. */
export function broken(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of clean(text)
    .split(' ')
    .flatMap((each) => chopped(each, width))) {
    if (line !== '' && cellsOf(line) + 1 + cellsOf(word) > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return line === '' ? lines : [...lines, line]
}

const sgr: Readonly<Record<Tone, string>> = {
  plain: '',
  strong: '1',
  dim: '2',
  good: '32',
  warn: '33',
  bad: '31',
  name: '1;36',
  'warn name': '1;33',
  'bad name': '1;31',
  keys: '7',
}

/** The line as it is written to a stream. */
export function paint(line: Line, colours: boolean): string {
  return line
    .map(({ text, tone }) => (colours && tone !== 'plain' ? `\x1b[${sgr[tone]}m${text}\x1b[0m` : text))
    .join('')
}

/** The line without blanks at its end. */
export function trimmed(line: Line): Line {
  const last = line.findLastIndex(({ text }) => text.trimEnd() !== '')
  return line.slice(0, last + 1).map((span, index) => {
    return index === last ? new Span(span.text.trimEnd(), span.tone) : span
  })
}

function chopped(word: string, width: number): string[] {
  const pieces: string[] = []
  let rest = word
  while (cellsOf(rest) > width && width > 1) {
    const piece = cut(rest, width)
    pieces.push(piece)
    rest = rest.slice(piece.length)
  }
  return [...pieces, rest]
}

/** As many leading characters as fit. */
function cut(text: string, width: number): string {
  let left = width
  let end = 0
  for (const character of text) {
    left -= cellsOf(character)
    if (left < 0) break
    end += character.length
  }
  return text.slice(0, end)
}

/** Cells of clean text: none for marks that join the character before, two for wide characters. */
function cellsOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let cells = 0
  for (const character of text) {
    if (/^[\p{Mn}\p{Me}]$/u.test(character)) continue
    cells += wide.test(character) ? 2 : 1
  }
  return cells
}

/** East Asian wide and full-width characters (UAX 11), and pictures. */
const wide =
  /^[\p{Emoji_Presentation}\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1b000}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u
