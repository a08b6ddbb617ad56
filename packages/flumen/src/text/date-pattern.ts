/** A pattern of letters is wrong; `position` counts from 0. */
export class DateFormatError extends Error {
  readonly position: number

  constructor(message: string, position: number) {
    super(message)
    this.name = 'DateFormatError'
    this.position = position
  }
}

export type PatternToken =
  | { readonly kind: 'letters'; readonly letter: string; readonly count: number; readonly position: number }
  | { readonly kind: 'text'; readonly text: string; readonly position: number }

/** Cuts a pattern of SimpleDateFormat or Joda-Time into runs of one letter and texts; `''` is a quote. */
export function patternTokens(pattern: string, letters: string, illegal: (letter: string) => string): PatternToken[] {
  const tokens: PatternToken[] = []
  const addText = (text: string, position: number): void => {
    const last = tokens.at(-1)
    if (last?.kind === 'text') tokens[tokens.length - 1] = { ...last, text: last.text + text }
    else tokens.push({ kind: 'text', text, position })
  }
  let at = 0
  while (at < pattern.length) {
    const character = pattern[at]!
    const position = at
    if (character === "'") {
      const quoted = quotedText(pattern, at)
      addText(quoted.text, position)
      at = quoted.end
    } else if (/[A-Za-z]/.test(character)) {
      if (!letters.includes(character)) throw new DateFormatError(illegal(character), position)
      while (pattern[at] === character) at++
      tokens.push({ kind: 'letters', letter: character, count: at - position, position })
    } else {
      addText(character, position)
      at++
    }
  }
  return tokens
}

function quotedText(pattern: string, start: number): { readonly text: string; readonly end: number } {
  if (pattern[start + 1] === "'") return { text: "'", end: start + 2 }
  let text = ''
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] !== "'") text += pattern[at]
    else if (pattern[at + 1] === "'") {
      text += "'"
      at++
    } else return { text, end: at + 1 }
  }
  throw new DateFormatError('Unterminated quote', start)
}

export const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** From Sunday. */
export const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

export function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0')
}
