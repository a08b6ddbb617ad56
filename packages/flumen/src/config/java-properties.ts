/** One key and value of a properties file as `java.util.Properties` reads them, with the place of the key. */
export interface PropertiesEntry {
  /** Escapes undone, nothing trimmed. */
  readonly key: string
  readonly value: string
  /** Of the key's first character, both from 1; the column counts UTF-16 units. */
  readonly line: number
  readonly column: number
  /** The backslash of a `\u` without four hexadecimal digits; Java refuses the whole file, here key and value keep it. */
  readonly malformed?: { readonly line: number; readonly column: number }
}

/**
 * The grammar of `java.util.Properties.load` (Java 17) over a text: comments, separators, continued lines, escapes.
 * A byte-order mark is skipped. Time and memory are linear in the text; nothing throws.
 */
export function* parseJavaProperties(text: string): Generator<PropertiesEntry> {
  const lines = new LogicalLines(text)
  for (let line = lines.next(); line; line = lines.next()) {
    const { keyEnd, valueStart } = split(line.text)
    const key = withoutEscapes(line.text.slice(0, keyEnd))
    const value = withoutEscapes(line.text.slice(valueStart))
    const start = line.placeOf(0)
    const entry = { key: key.text, value: value.text, ...start }
    if (key.malformedAt >= 0) yield { ...entry, malformed: line.placeOf(key.malformedAt) }
    else if (value.malformedAt >= 0) yield { ...entry, malformed: line.placeOf(valueStart + value.malformedAt) }
    else yield entry
  }
}

/** A stretch of a physical line within a logical one: from `at` on the characters stand at `line` and `column`. */
interface Piece {
  readonly at: number
  readonly line: number
  readonly column: number
}

class LogicalLine {
  text = ''
  readonly #pieces: Piece[] = []

  append(text: string, line: number, column: number): void {
    this.#pieces.push({ at: this.text.length, line, column })
    this.text += text
  }

  placeOf(index: number): { line: number; column: number } {
    const piece = this.#pieces.findLast(({ at }) => at <= index)!
    return { line: piece.line, column: piece.column + index - piece.at }
  }
}

/** Lines with their continuations joined, comments and blank lines left out: the `LineReader` of Java. */
class LogicalLines {
  readonly #text: string
  #position: number
  #lineNumber = 0

  constructor(text: string) {
    this.#text = text
    this.#position = text.startsWith('\uFEFF') ? 1 : 0
  }

  next(): LogicalLine | undefined {
    const logical = new LogicalLine()
    while (this.#position < this.#text.length) {
      const { content, column } = this.#physicalLine()
      // As long as nothing but a lone backslash was read, Java still sees comments and skips blank lines.
      if (logical.text === '' && (content === '' || content[0] === '#' || content[0] === '!')) continue
      const continues = endsInOddBackslashes(content)
      logical.append(continues ? content.slice(0, -1) : content, this.#lineNumber, column)
      if (!continues || this.#endsHere()) return logical
    }
    return logical.text === '' ? undefined : logical
  }

  /** Steps over the next physical line; its leading blanks are not part of the content. */
  #physicalLine(): { content: string; column: number } {
    const lineStart = this.#position
    let start = lineStart
    while (isBlank(this.#text[start])) start++
    lineEnd.lastIndex = start
    const terminator = lineEnd.exec(this.#text)
    const end = terminator?.index ?? this.#text.length
    this.#position = end + (terminator?.[0].length ?? 0)
    this.#lineNumber++
    return { content: this.#text.slice(start, end), column: start - lineStart + 1 }
  }

  /** A backslash before the end of the text ends the line; before CR LF, Java first looks for one more line. */
  #endsHere(): boolean {
    return this.#position >= this.#text.length && !this.#text.endsWith('\r\n')
  }
}

const lineEnd = /\r\n?|\n/g

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\f'
}

function endsInOddBackslashes(content: string): boolean {
  let first = content.length
  while (first > 0 && content[first - 1] === '\\') first--
  return (content.length - first) % 2 === 1
}

/** The key ends at the first unescaped `=`, `:` or blank; blanks and one `=` or `:` stand between key and value. */
function split(line: string): { keyEnd: number; valueStart: number } {
  let keyEnd = 0
  while (keyEnd < line.length && !isSeparator(line[keyEnd]) && !isBlank(line[keyEnd])) {
    keyEnd += line[keyEnd] === '\\' ? 2 : 1
  }
  keyEnd = Math.min(keyEnd, line.length)
  let valueStart = keyEnd
  while (isBlank(line[valueStart])) valueStart++
  if (isSeparator(line[valueStart])) valueStart++
  while (isBlank(line[valueStart])) valueStart++
  return { keyEnd, valueStart }
}

function isSeparator(character: string | undefined): boolean {
  return character === '=' || character === ':'
}

const controls: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n', f: '\f' }

/** Undoes escapes; `malformedAt` is the index of the first bad `\u`, or -1. */
function withoutEscapes(text: string): { text: string; malformedAt: number } {
  let malformedAt = -1
  const unescaped = text.replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (whole, code: string, index: number) => {
    if (code.length === 5) return String.fromCharCode(Number.parseInt(code.slice(1), 16))
    if (code !== 'u') return controls[code] ?? code
    if (malformedAt < 0) malformedAt = index
    return whole
  })
  return { text: unescaped, malformedAt }
}
