import { otherCases } from './regex-case.ts'
import { predefinedClass } from './regex-classes.ts'
import { escapedCode, property } from './regex-escapes.ts'
import { deepest, type PatternReader } from './regex-reader.ts'
import { literalSource } from './regex-syntax.ts'

/** Behind the opening bracket; a class of JavaScript's `v` flag. */
export function parseClass(reader: PatternReader): string {
  if (++reader.depth > deepest) reader.fail('Classes are nested too deep', reader.at, 'write a simpler class')
  const start = reader.at - 1
  const negated = reader.peek() === '^'
  if (negated) reader.at++
  const operands: string[] = []
  let items = ''
  while (!endsClass(reader, items === '' && operands.length === 0)) {
    if (reader.quoting || !reader.source.startsWith('&&', reader.at)) items += classItem(reader)
    else {
      skipIntersection(reader, items === '' && operands.length === 0)
      if (items !== '') operands.push(`[${items}]`)
      items = ''
    }
  }
  reader.at++
  reader.depth--
  if (items !== '') operands.push(`[${items}]`)
  if (operands.length === 0) reader.fail('Bad class syntax', start, 'a class is not empty')
  const source = operands.length === 1 ? operands[0]! : `[${operands.join('&&')}]`
  return negated ? `[^${source}]` : source
}

/** A bracket that comes first is one of the members. */
function endsClass(reader: PatternReader, isFirst: boolean): boolean {
  reader.skipComments()
  const next = reader.peek()
  if (next === '') {
    reader.fail('Unclosed character class', reader.source.length - 1, 'close the bracket, or write \\[')
  }
  return next === ']' && !reader.quoting && !isFirst
}

/** What Java makes of an empty side is not what anybody means by it. */
function skipIntersection(reader: PatternReader, isFirst: boolean): void {
  reader.at += 2
  const next = reader.peek()
  if (next === '&' || next === ']') {
    const description = isFirst ? 'Bad class syntax' : 'Bad intersection syntax'
    reader.fail(description, reader.at - 1, 'write something on both sides of &&')
  }
}

function classItem(reader: PatternReader): string {
  const character = reader.peek()
  if (!reader.quoting && character === '[') {
    reader.at++
    return parseClass(reader)
  }
  if (!reader.quoting && character === '\\') {
    const family = classEscape(reader)
    if (family !== undefined) return family
  }
  const start = reader.at
  const first = classCode(reader)
  if (first === undefined) return ''
  if (reader.quoting && reader.source.startsWith('\\E', reader.at)) classCode(reader)
  reader.skipComments()
  if (reader.quoting || reader.peek() !== '-' || !isRangeEnd(reader)) return expanded(reader, first, first)
  reader.at++
  const last = rangeEnd(reader)
  if (last < first) {
    reader.fail('Illegal character range', start + 2, 'the first character of a range comes before the last')
  }
  return expanded(reader, first, last)
}

function rangeEnd(reader: PatternReader): number {
  reader.skipComments()
  const isVerticalTab = reader.source.startsWith('\\v', reader.at)
  if (!isVerticalTab && reader.peek() === '\\' && classEscape(reader) !== undefined)
    reader.fail('Illegal character range', reader.at - 1, 'a range ends with one character')
  const code = classCode(reader) ?? classCode(reader)
  return code ?? reader.fail('Illegal character range', reader.at, 'a range ends with one character')
}

function isRangeEnd(reader: PatternReader): boolean {
  const end = reader.source[reader.at + 1]
  return end !== undefined && end !== ']' && end !== '['
}

/** A family (`\d`, `\p{…}`), or nothing when the escape is one character or begins a quotation. */
function classEscape(reader: PatternReader): string | undefined {
  const start = reader.at
  const letter = reader.source[start + 1] ?? ''
  // As the end of a range it is one character, the vertical tab.
  if (letter === 'v' && reader.source[start + 2] === '-') return undefined
  const predefined = predefinedClass(letter, reader.flags.U)
  if (predefined) {
    reader.at += 2
    return predefined
  }
  if (letter === 'p' || letter === 'P') {
    reader.at += 2
    return property(reader, letter === 'P')
  }
  return undefined
}

/** One character of a class; undefined at the border of a quotation. */
function classCode(reader: PatternReader): number | undefined {
  if (reader.source.startsWith(reader.quoting ? '\\E' : '\\Q', reader.at)) {
    reader.quoting = !reader.quoting
    reader.at += 2
    return undefined
  }
  if (reader.quoting || reader.peek() !== '\\') return reader.nextCodePoint()
  const start = reader.at++
  const character = reader.next()
  if ('AzZGbBRXNk'.includes(character) || character === '' || (character >= '1' && character <= '9')) {
    reader.fail('Illegal/unsupported escape sequence', start + 1, 'this escape means nothing in a class')
  }
  return escapedCode(reader, character, start)
}

/** A range, with the letters of the other case where case does not count. */
function expanded(reader: PatternReader, first: number, last: number): string {
  const source = first === last ? literalSource(first) : `${literalSource(first)}-${literalSource(last)}`
  return reader.flags.i ? source + otherCases(first, last, reader.flags.u) : source
}
