import { flattenTree, maximumDepth, nestedTooDeep, type TreeEntry, type TreeNode } from './config-tree.ts'
import type { Problems } from './problem.ts'
import { Settings } from './settings.ts'
import { TextPlaces } from './text-places.ts'

/**
 * Reads a JSON file (RFC 8259: no comments, no trailing commas) into settings (see `flattenTree`). Numbers are their
 * text as written. The first thing that is not JSON is a problem with its place.
 * @returns no settings at all where the syntax is wrong.
 */
export function readJson(text: string, file: string, problems: Problems): Settings {
  const places = new TextPlaces(file, text, text.startsWith('\uFEFF') ? 1 : 0)
  try {
    const root = new JsonParser(text, places).parse()
    if (root.kind === 'map') return flattenTree(root, problems)
    problems.error({ file, line: 1, column: 1 }, '', 'the file does not hold an object', 'write { "key": value }')
  } catch (error) {
    if (!(error instanceof NotJson)) throw error
    problems.error(places.at(error.offset), '', `not JSON: ${error.message}`, error.fix)
  }
  return new Settings()
}

class NotJson extends Error {
  readonly offset: number
  readonly fix: string

  constructor(offset: number, message: string, fix: string) {
    super(message)
    this.offset = offset
    this.fix = fix
  }
}

class JsonParser {
  readonly #text: string
  readonly #places: TextPlaces
  #position: number

  constructor(text: string, places: TextPlaces) {
    this.#text = text
    this.#places = places
    this.#position = text.startsWith('\uFEFF') ? 1 : 0
  }

  parse(): TreeNode {
    this.#skipBlanks()
    if (this.#position === this.#text.length) throw this.#error('the file is empty', 'write { } for no settings')
    const root = this.#value(1)
    this.#skipBlanks()
    if (this.#position < this.#text.length) throw this.#unexpected('the end of the file')
    return root
  }

  #value(depth: number): TreeNode {
    const character = this.#text[this.#position]
    if (depth > maximumDepth) throw this.#error(nestedTooDeep, 'write dotted keys instead of nested objects')
    if (character === '{') return this.#object(depth)
    if (character === '[') return this.#array(depth)
    if (character === '"') {
      const text = this.#string()
      return text === '' ? { kind: 'empty', word: '' } : { kind: 'text', text }
    }
    const word = this.#match(plainValue)
    if (word === 'null') return { kind: 'empty', word }
    if (word !== '') return { kind: 'text', text: word }
    throw this.#unexpected('a value')
  }

  #object(depth: number): TreeNode {
    const entries: TreeEntry[] = []
    this.#members('}', 'a key in double quotes', () => {
      if (this.#text[this.#position] !== '"') throw this.#unexpected('a key in double quotes')
      const place = this.#places.at(this.#position)
      const start = this.#position
      const key = this.#string()
      if (key === '') throw new NotJson(start, 'a key is empty', 'write a name')
      this.#skipBlanks()
      if (this.#text[this.#position] !== ':') throw this.#unexpected('a colon')
      this.#position++
      this.#skipBlanks()
      entries.push({ key, place, value: this.#value(depth + 1) })
    })
    return { kind: 'map', entries }
  }

  #array(depth: number): TreeNode {
    const items: TreeNode[] = []
    this.#members(']', 'a value', () => items.push(this.#value(depth + 1)))
    return { kind: 'list', items }
  }

  /** Members separated by commas up to the closing bracket; the position is at the opening one. */
  #members(close: string, expected: string, readMember: () => void): void {
    this.#position++
    this.#skipBlanks()
    if (this.#text[this.#position] === close) {
      this.#position++
      return
    }
    for (;;) {
      readMember()
      this.#skipBlanks()
      const comma = this.#position
      const separator = this.#text[this.#position]
      if (separator !== ',' && separator !== close) throw this.#unexpected(`a comma or ${close}`)
      this.#position++
      if (separator === close) return
      this.#skipBlanks()
      if (this.#text[this.#position] === close) {
        throw new NotJson(comma, `a comma before ${close}, found instead of ${expected}`, 'remove the last comma')
      }
    }
  }

  #string(): string {
    const start = this.#position
    this.#position++
    let text = ''
    for (;;) {
      text += this.#match(unescapedText)
      if (this.#text[this.#position] === '"') break
      if (this.#text[this.#position] !== '\\') throw this.#badString(start)
      const sequence = this.#match(escapeSequence)
      if (sequence === '') throw this.#error('an escape that JSON does not have', 'double the backslash')
      text += escapes[sequence[1]!] ?? String.fromCharCode(Number.parseInt(sequence.slice(2), 16))
    }
    this.#position++
    return text
  }

  #badString(start: number): NotJson {
    if (this.#position === this.#text.length) return new NotJson(start, 'a text is not closed', 'close it with a quote')
    return this.#error('a control character or line end in a text', 'write it as \\n, \\t or \\u0000')
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#position
    const matched = pattern.exec(this.#text)?.[0] ?? ''
    this.#position += matched.length
    return matched
  }

  #skipBlanks(): void {
    this.#match(blanks)
  }

  #error(message: string, fix: string): NotJson {
    return new NotJson(this.#position, message, fix)
  }

  #unexpected(expected: string): NotJson {
    const character = this.#text[this.#position]
    if (character === undefined) return this.#error(`the file ends where ${expected} is missing`, 'close what is open')
    return this.#error(`${JSON.stringify(character)} found instead of ${expected}`, fixFor(character))
  }
}

const blanks = /[ \t\r\n]*/y
const plainValue = /(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![\w.+-])/y
const unescapedText = /[^"\\\u0000-\u001f]*/y
const escapeSequence = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

function fixFor(character: string): string {
  if (character === '/' || character === '#') return 'remove the comment: JSON has none, a .yaml file may have them'
  if (character === "'") return 'use double quotes'
  if (/[\w.+$-]/.test(character)) return 'put texts and keys in double quotes, and a comma between two members'
  return 'see that commas, quotes and brackets match'
}
