import { propertyClass } from './regex-classes.ts'
import type { PatternReader } from './regex-reader.ts'

const simpleEscapes: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, r: 13, f: 12, a: 7, e: 27 }

export function property(reader: PatternReader, negated: boolean): string {
  const start = reader.at
  let name = reader.next()
  if (name === '{') {
    const end = reader.source.indexOf('}', reader.at)
    if (end < 0) reader.fail('Unclosed character family', reader.source.length - 1, 'close the brace')
    name = reader.source.slice(reader.at, end)
    reader.at = end + 1
    if (name === '') reader.fail('Empty character family', reader.at - 1, 'name a family, such as \\p{L}')
  }
  const source = propertyClass(name, { unicodeClasses: reader.flags.U, ignoreCase: reader.flags.i })
  if (source === undefined) {
    reader.fail(
      `Unknown character property name {${name}}`,
      Math.max(start, reader.at - 1),
      'for example \\p{L}, \\p{Alpha}, \\p{IsLatin}, \\p{InGreek}',
    )
  }
  return negated ? `[^${source}]` : source
}

/** The code point of an escape that means one. */
export function escapedCode(reader: PatternReader, character: string, start: number): number {
  const simple = simpleEscapes[character]
  if (simple !== undefined) return simple
  if (character === '0') return octal(reader)
  if (character === 'x') return hexadecimal(reader)
  if (character === 'u') return unicode(reader, start)
  if (character === 'c') {
    const next = reader.next()
    if (next === '') reader.fail('Illegal control escape sequence', reader.at, 'write a letter behind \\c')
    return next.charCodeAt(0) ^ 64
  }
  if (/[A-Za-z]/.test(character))
    reader.fail(
      'Illegal/unsupported escape sequence',
      start + 1,
      `Java knows no \\${character}; double the backslash if it is meant itself`,
    )
  reader.at -= character.length
  return reader.nextCodePoint()
}

function octal(reader: PatternReader): number {
  const match = /^(?:[0-3][0-7]{0,2}|[4-7][0-7]?)/.exec(reader.source.slice(reader.at, reader.at + 3))
  if (!match) reader.fail('Illegal octal escape sequence', reader.at, 'write \\0 and one to three octal digits')
  reader.at += match[0].length
  return Number.parseInt(match[0], 8)
}

function hexadecimal(reader: PatternReader): number {
  const match = /^(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]+)\})/.exec(reader.source.slice(reader.at, reader.at + 12))
  const code = match ? Number.parseInt(match[1] ?? match[2]!, 16) : -1
  if (!match || code > 0x10ffff) reader.fail('Illegal hexadecimal escape sequence', reader.at, 'write \\xhh or \\x{h…}')
  reader.at += match[0].length
  return code
}

function unicode(reader: PatternReader, start: number): number {
  const unit = (at: number): number => {
    const digits = reader.source.slice(at, at + 4)
    return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : -1
  }
  const high = unit(reader.at)
  if (high < 0)
    reader.fail(
      'Illegal Unicode escape sequence',
      Math.max(start + 2, reader.at),
      'write \\u and four hexadecimal digits',
    )
  reader.at += 4
  if (high >= 0xd800 && high < 0xdc00 && reader.source.startsWith('\\u', reader.at)) {
    const low = unit(reader.at + 2)
    if (low >= 0xdc00 && low < 0xe000) {
      reader.at += 6
      return (high - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000
    }
  }
  return high
}
