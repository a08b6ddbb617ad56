import { type Field, type FoundFields, longestName, NotParsed } from './found-fields.ts'
import type { RowParser } from './parsing-interceptor.ts'

export interface JsonRules {
  /** Between the names of nested fields. */
  readonly separator: string
  /** Levels of objects that become fields; what lies deeper becomes the text of its JSON. */
  readonly maxDepth: number
  readonly arrays: 'text' | 'index'
}

/** Brackets in brackets; beyond it a row is given up. */
const deepestNesting = 500
/** Of the tree of names. */
const mostNodes = 1000

/** A name at its place in the tree: asked once, so that a row costs no joined names. */
interface Node {
  readonly path: string
  readonly field: Field | undefined
  readonly children: Map<string, Node>
}

/**
 * Reads JSON (RFC 8259) in one pass over the text, so that numbers stay as they are written and nothing is built that is
 * not wanted. The whole text is checked, also what becomes no field.
 */
export class JsonScanner implements RowParser {
  readonly #rules: JsonRules
  #root: Node = { path: '', field: undefined, children: new Map() }
  #nodes = 0
  #generation = -1
  #text = ''
  #at = 0
  #found: FoundFields | undefined

  constructor(rules: JsonRules) {
    this.#rules = rules
  }

  parse(text: string, _row: number, found: FoundFields): void {
    if (found.generation !== this.#generation || this.#nodes > mostNodes) this.#forget(found)
    this.#found = found
    this.#text = text
    this.#at = 0
    this.#blanks()
    if (text.charCodeAt(this.#at) !== openBrace) throw new NotParsed('it is no object of JSON')
    this.#object(this.#root, 1)
    this.#blanks()
    if (this.#at < text.length) throw this.#unexpected('the end')
  }

  #forget(found: FoundFields): void {
    this.#root = { path: '', field: undefined, children: new Map() }
    this.#nodes = 0
    this.#generation = found.generation
  }

  /** @param node undefined: it is checked only. @returns whether it is empty */
  #object(node: Node | undefined, depth: number): boolean {
    if (depth > deepestNesting) throw new NotParsed(`brackets are nested deeper than ${deepestNesting}`)
    this.#at++
    if (this.#closes(closeBrace)) return true
    for (;;) {
      if (this.#text.charCodeAt(this.#at) !== quote) throw this.#unexpected('a name in quotes')
      const name = this.#string()
      this.#blanks()
      if (this.#text.charCodeAt(this.#at) !== colon) throw this.#unexpected('a colon')
      this.#at++
      this.#blanks()
      this.#value(node && this.#child(node, name), depth)
      if (this.#ends(closeBrace, 'a comma or }')) return false
    }
  }

  #array(node: Node | undefined, depth: number): boolean {
    if (depth > deepestNesting) throw new NotParsed(`brackets are nested deeper than ${deepestNesting}`)
    this.#at++
    if (this.#closes(closeBracket)) return true
    for (let index = 0; ; index++) {
      this.#value(node && this.#child(node, String(index)), depth)
      if (this.#ends(closeBracket, 'a comma or ]')) return false
    }
  }

  #value(node: Node | undefined, depth: number): void {
    const from = this.#at
    const code = this.#text.charCodeAt(from)
    if (code === quote) {
      const end = this.#plainEnd()
      if (end < 0) {
        const value = this.#string()
        if (node?.field) this.#found!.set(node.field, value.toWellFormed())
      } else {
        this.#at = end + 1
        if (node?.field) this.#found!.slice(node.field, from + 1, end)
      }
    } else if (code === openBrace || code === openBracket) this.#nested(node, depth, code)
    else {
      const isNull = this.#word()
      if (node?.field && !isNull) this.#found!.slice(node.field, from, this.#at)
    }
  }

  /** An object or an array: its fields, or its text. */
  #nested(node: Node | undefined, depth: number, code: number): void {
    const from = this.#at
    const isObject = code === openBrace
    const goesIn = node !== undefined && depth < this.#rules.maxDepth && (isObject || this.#rules.arrays === 'index')
    const inner = goesIn ? node : undefined
    const isEmpty = isObject ? this.#object(inner, depth + 1) : this.#array(inner, depth + 1)
    if (node?.field && (!goesIn || isEmpty)) this.#found!.slice(node.field, from, this.#at)
  }

  #child(node: Node, name: string): Node {
    const known = node.children.get(name)
    if (known) return known
    const path = node === this.#root ? name : node.path + this.#rules.separator + name
    if (path.length > longestName) throw new NotParsed(`a name has more than ${longestName} characters`)
    const own = Buffer.from(name.toWellFormed(), 'utf8').toString('utf8')
    const wellFormed = path.toWellFormed()
    const child: Node = { path: wellFormed, field: this.#found!.field(wellFormed), children: new Map() }
    // A node a name: beyond so many in one row they are not kept.
    if (this.#nodes++ <= 2 * mostNodes) node.children.set(own, child)
    return child
  }

  /** The end of a text without escapes, -1 for one with some; at its opening quote. */
  #plainEnd(): number {
    const text = this.#text
    for (let at = this.#at + 1; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === quote) return at
      if (code === backslash) return -1
      if (code < space) throw new NotParsed(`a control character stands in a text at ${at}`)
    }
    throw new NotParsed('a text is not closed')
  }

  #string(): string {
    const end = this.#plainEnd()
    const start = this.#at
    if (end >= 0) {
      this.#at = end + 1
      return this.#text.slice(start + 1, end)
    }
    const pieces: string[] = []
    this.#at++
    for (;;) {
      const at = this.#at
      let to = at
      while (isPlain(this.#text.charCodeAt(to))) to++
      pieces.push(this.#text.slice(at, to))
      this.#at = to
      const code = this.#text.charCodeAt(to)
      if (code === quote) break
      if (code !== backslash) throw new NotParsed(to < this.#text.length ? controlCharacter : 'a text is not closed')
      pieces.push(this.#escape())
    }
    this.#at++
    return pieces.join('')
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? ''
    const plain = escapes[letter]
    if (plain !== undefined) {
      this.#at += 2
      return plain
    }
    const digits = this.#text.slice(this.#at + 2, this.#at + 6)
    if (letter !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) throw new NotParsed(`there is no escape \\${letter}`)
    this.#at += 6
    return String.fromCharCode(Number.parseInt(digits, 16))
  }

  /** A number, true, false or null. @returns whether it is null */
  #word(): boolean {
    word.lastIndex = this.#at
    const match = word.exec(this.#text)
    if (!match) throw this.#unexpected('a value')
    this.#at = word.lastIndex
    return match[0] === 'null'
  }

  /** Whether the bracket closes at once. */
  #closes(close: number): boolean {
    this.#blanks()
    if (this.#text.charCodeAt(this.#at) !== close) return false
    this.#at++
    return true
  }

  /** Whether the bracket closes behind a member; else the next member begins. */
  #ends(close: number, expected: string): boolean {
    this.#blanks()
    const code = this.#text.charCodeAt(this.#at)
    if (code !== comma && code !== close) throw this.#unexpected(expected)
    this.#at++
    if (code === close) return true
    this.#blanks()
    return false
  }

  #blanks(): void {
    const text = this.#text
    let at = this.#at
    for (;;) {
      const code = text.charCodeAt(at)
      if (code !== space && code !== 0x0a && code !== 0x0d && code !== 0x09) break
      at++
    }
    this.#at = at
  }

  #unexpected(expected: string): NotParsed {
    return new NotParsed(`${expected} is missing at ${this.#at}`)
  }
}

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const backslash = 0x5c
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d
const space = 0x20
const controlCharacter = 'a control character stands in a text'
const word = /(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![\w.+-])/y
const escapes: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
})

/** Also for the end of the text, which has no code. */
function isPlain(code: number): boolean {
  return code >= space && code !== quote && code !== backslash
}
