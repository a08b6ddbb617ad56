/** The end of a text in quotes, whose first character stands at `from`: a backslash takes the meaning of what follows it. -1: none. */
export function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from)
  while (at > 0) {
    let backslashes = 0
    while (at - backslashes > from && text.charCodeAt(at - backslashes - 1) === 0x5c) backslashes++
    if (backslashes % 2 === 0) return at
    at = text.indexOf('"', at + 1)
  }
  return at
}

/**
 * The text that a web server meant: it writes a quote as `\"`, a backslash as `\\`, and bytes that are no printable
 * ASCII as `\xHH` or `\n`. Bytes are read as UTF-8.
 */
export function unescapedLogText(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(escapes, (whole) => {
    if (whole.startsWith('\\x')) return Buffer.from(whole.replaceAll('\\x', ''), 'hex').toString('utf8')
    const letter = whole[1]!
    return letters.get(letter) ?? whole
  })
}

const escapes = /(?:\\x[0-9A-Fa-f]{2})+|\\[^x]/g
const letters = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
])
