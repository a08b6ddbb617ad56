import { ClassReader, deepest } from './regex-class-reader.ts'
import { lineEnds, predefinedClass } from './regex-classes.ts'
import { isNullable, literalSource, type ParsedRegex, type RegexNode } from './regex-syntax.ts'

const doubleCheck = 'look the pattern up in the description of java.util.regex.Pattern'
/** Largest number of a repetition. */
const mostRepetitions = 65_535
/** `\R`. Repeated, it takes a carriage return and a line feed together; alone it may leave the line feed to what follows. */
const lineBreak: RegexNode = { kind: 'text', source: '(?:\\r\\n|[\\n-\\r\\u0085\\u2028\\u2029])' }
const wholeLineBreak: RegexNode = { kind: 'text', source: '(?:\\r\\n|(?!\\r\\n)[\\n-\\r\\u0085\\u2028\\u2029])' }

/** Parses a pattern as java.util.regex.Pattern (Java 17) reads it without flags. @throws JavaRegexError */
export function parseJavaRegex(source: string): ParsedRegex {
  return new Parser(source).parse()
}

class Parser extends ClassReader {
  #groups = 0
  #sticky = false
  readonly #names = new Map<string, number>()
  /** Groups that are closed, so that a reference may mean them. */
  readonly #closed = new Set<number>()
  /** Groups that have taken part whenever the place that is parsed now is reached. */
  #certain = new Set<number>()

  parse(): ParsedRegex {
    const root = this.#alternatives()
    if (this.at < this.source.length)
      this.fail("Unmatched closing ')'", this.at - 1, 'remove the parenthesis or write \\)')
    return { root, groupCount: this.#groups, groupNames: this.#names, sticky: this.#sticky }
  }

  #alternatives(): RegexNode {
    if (++this.depth > deepest) this.fail('Groups are nested too deep', this.at, 'write a simpler pattern')
    const before = this.#certain
    const options: RegexNode[] = []
    let certain: Set<number>
    for (;;) {
      this.#certain = new Set(before)
      options.push(this.#sequence())
      const here = this.#certain
      certain = options.length === 1 ? here : new Set([...certain!].filter((group) => here.has(group)))
      if (this.peek() !== '|') break
      this.at++
    }
    this.#certain = certain
    this.depth--
    return options.length === 1 ? options[0]! : { kind: 'alternatives', options }
  }

  #sequence(): RegexNode {
    const items: RegexNode[] = []
    for (;;) {
      this.skipComments()
      const next = this.peek()
      if (next === '' || (!this.quoting && (next === '|' || next === ')'))) break
      const start = this.at
      const certain = new Set(this.#certain)
      const groups = this.#groups
      const atom = this.#atom()
      if (atom) items.push(this.#repeated(atom, start, certain, groups))
    }
    return items.length === 1 ? items[0]! : { kind: 'sequence', items }
  }

  /** The atom with the quantifier behind it. */
  #repeated(atom: RegexNode, start: number, certainBefore: Set<number>, groupsBefore: number): RegexNode {
    this.skipComments()
    if (this.quoting) return atom
    const range = this.#range()
    if (!range) return atom
    const [min, max] = range
    let mode: '' | '?' | '+' = ''
    if (this.peek() === '?' || this.peek() === '+') mode = this.next() as '?' | '+'
    const inside = this.#certain
    if (min === 0) this.#certain = certainBefore
    for (let number = groupsBefore + 1; max > 1 && number <= this.#groups; number++) {
      if (!inside.has(number)) {
        this.fail(
          'A group that does not take part in every repetition keeps another value in Java',
          start,
          'put the group around the repetition, or make it (?:…)',
        )
      }
    }
    if (max > 1 && this.#groups > groupsBefore && isNullable(atom)) {
      this.fail(
        'A repetition of what may be empty keeps another value of its groups in Java',
        start,
        'let the repeated part match at least one character',
      )
    }
    return { kind: 'repeat', body: atom === lineBreak ? wholeLineBreak : atom, min, max, mode }
  }

  #range(): readonly [number, number] | undefined {
    switch (this.peek()) {
      case '?':
        this.at++
        return [0, 1]
      case '*':
        this.at++
        return [0, Number.POSITIVE_INFINITY]
      case '+':
        this.at++
        return [1, Number.POSITIVE_INFINITY]
      case '{':
        return this.#counted()
      default:
        return undefined
    }
  }

  #counted(): readonly [number, number] {
    const match = /^\{(\d+)(,(\d*))?\}/.exec(this.source.slice(this.at, this.at + 40))
    if (!match) {
      const closed = /^\{\d+(?:,\d*)?/.test(this.source.slice(this.at))
      this.fail(
        closed ? 'Unclosed counted closure' : 'Illegal repetition',
        this.at,
        'write {n}, {n,} or {n,m}; for a brace itself \\{',
      )
    }
    const min = Number(match[1])
    const max = match[2] === undefined ? min : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3])
    if (max < min) this.fail('Illegal repetition range', this.at, 'the first number is the smaller one')
    if (min > mostRepetitions || (max > mostRepetitions && max !== Number.POSITIVE_INFINITY)) {
      this.fail('Illegal repetition range', this.at, `at most ${mostRepetitions} repetitions`)
    }
    this.at += match[0].length
    return [min, max]
  }

  /** Undefined where something was read that matches nothing by itself: flags, `\Q`, `\E`. */
  #atom(): RegexNode | undefined {
    if (this.quoting) return this.#quoted()
    const character = this.peek()
    switch (character) {
      case '(':
        return this.#group()
      case '[':
        this.at++
        return { kind: 'set', source: this.folded(this.characterClass()) }
      case '.':
        this.at++
        return {
          kind: 'set',
          source: this.flags.s ? '[\\u{0}-\\u{10ffff}]' : this.flags.d ? '[^\\n]' : `[^${lineEnds}]`,
        }
      case '^':
        this.at++
        return { kind: 'assertion', source: this.#caret() }
      case '$':
        this.at++
        return { kind: 'assertion', source: this.#dollar(this.flags.m) }
      case '\\':
        return this.#escape()
      case '*':
      case '+':
      case '?':
        return this.fail(
          `Dangling meta character '${character}'`,
          this.at,
          `write \\${character} for the character itself`,
        )
      case '{':
        return this.fail('Illegal repetition', this.at, 'write \\{ for the brace itself')
      default:
        return this.#literal(this.nextCodePoint())
    }
  }

  #quoted(): RegexNode | undefined {
    if (this.source.startsWith('\\E', this.at)) {
      this.at += 2
      this.quoting = false
      return undefined
    }
    const literal = this.#literal(this.nextCodePoint())
    if (this.source.startsWith('\\E', this.at)) {
      this.at += 2
      this.quoting = false
    }
    return literal
  }

  #literal(code: number): RegexNode {
    const source = literalSource(code)
    const other = this.flags.i && !this.flags.u ? otherCase(code) : undefined
    if (other !== undefined) return { kind: 'set', source: `[${source}${literalSource(other)}]` }
    return { kind: 'text', source: this.flags.i && this.flags.u ? `(?i:${source})` : source }
  }

  #caret(): string {
    if (!this.flags.m) return '^'
    return this.flags.d ? '(?!$)(?:^|(?<=\\n))' : '(?!$)(?:^|(?<=[\\n\\u0085\\u2028\\u2029]|\\r(?!\\n)))'
  }

  #dollar(multiline: boolean): string {
    if (multiline) return this.flags.d ? '(?=\\n|$)' : `(?=[${lineEnds}]|$)(?<!\\r(?=\\n))`
    return this.flags.d ? '(?=\\n?$)' : `(?=(?:\\r\\n|[${lineEnds}])?$)(?<!\\r(?=\\n))`
  }

  #group(): RegexNode | undefined {
    const start = this.at++
    if (this.peek() !== '?') return this.#capture(undefined)
    this.at++
    const character = this.next()
    if (character === ':') return { kind: 'group', number: undefined, body: this.#inside() }
    if (character === '=' || character === '!') return this.#look(`?${character}`)
    if (character === '>') return { kind: 'atomic', body: this.#inside() }
    if (character === '<') {
      const next = this.peek()
      if (next === '=' || next === '!') {
        this.at++
        return this.#look(`?<${next}`)
      }
      return this.#capture(this.#groupName())
    }
    if (character === '') this.fail('Unknown inline modifier', this.at, doubleCheck)
    this.at--
    return this.#modifiers(start)
  }

  #look(opening: '?=' | '?!' | '?<=' | '?<!'): RegexNode {
    const before = new Set(this.#certain)
    const body = this.#inside()
    if (opening.endsWith('!')) this.#certain = before
    return { kind: 'look', opening, body }
  }

  #capture(name: string | undefined): RegexNode {
    const number = ++this.#groups
    if (name !== undefined) {
      if (this.#names.has(name))
        this.fail(`Named capturing group <${name}> is already defined`, this.at, 'give it another name')
      this.#names.set(name, number)
    }
    const body = this.#inside()
    this.#closed.add(number)
    this.#certain.add(number)
    return { kind: 'group', number, body }
  }

  #groupName(): string {
    const match = /^([A-Za-z][A-Za-z0-9]*)>/.exec(this.source.slice(this.at))
    if (!match) {
      const begins = /^[A-Za-z]/.test(this.peek())
      this.fail(
        begins
          ? "named capturing group is missing trailing '>'"
          : 'capturing group name does not start with a Latin letter',
        this.at,
        'a name is letters and digits: (?<name>…)',
      )
    }
    this.at += match[0].length
    return match[1]!
  }

  /** Up to the closing parenthesis; flags that are set inside end with it. */
  #inside(): RegexNode {
    const flags = this.flags
    const body = this.#alternatives()
    if (this.next() !== ')') this.fail('Unclosed group', this.source.length, 'close the parenthesis, or write \\(')
    this.flags = flags
    return body
  }

  #modifiers(start: number): RegexNode | undefined {
    const before = this.flags
    let flags = this.flags
    let on = true
    for (;;) {
      const character = this.next()
      if (character === '-' && on) on = false
      else if (character !== '' && 'imsxudU'.includes(character)) {
        flags = { ...flags, [character]: on }
        if (character === 'U') flags = { ...flags, u: on }
      } else if (character === ')') {
        this.flags = flags
        return undefined
      } else if (character === ':') {
        this.flags = flags
        const body = this.#inside()
        this.flags = before
        return { kind: 'group', number: undefined, body }
      } else this.fail('Unknown inline modifier', start + 2, 'the modifiers are i m s x u d U')
    }
  }

  #escape(): RegexNode | undefined {
    const start = this.at++
    const character = this.next()
    if (character === '')
      this.fail('Unexpected internal error', this.at, 'a pattern cannot end with a single backslash; double it')
    const unicodeClasses = this.flags.U
    const predefined = predefinedClass(character, { unicodeClasses })
    if (predefined) return { kind: 'set', source: predefined }
    switch (character) {
      case 'Q':
        this.quoting = true
        if (this.source.startsWith('\\E', this.at)) return this.#quoted()
        return undefined
      case 'E':
        return undefined
      case 'A':
        return { kind: 'assertion', source: '^' }
      case 'z':
        return { kind: 'assertion', source: '$' }
      case 'Z':
        return { kind: 'assertion', source: this.#dollar(false) }
      case 'G':
        return this.#lastMatch(start)
      case 'b':
      case 'B':
        if (this.source.startsWith('{g}', this.at)) this.fail('\\b{g} is not supported', start, 'leave it out')
        return { kind: 'assertion', source: wordBorder(character === 'B', unicodeClasses) }
      case 'R':
        return lineBreak
      case 'k':
        return this.#namedReference()
      default:
        if (character >= '1' && character <= '9') return this.#numberedReference(Number(character))
        if (character === 'p' || character === 'P')
          return { kind: 'set', source: this.folded(this.property(character === 'P')) }
        if (character === 'X' || character === 'N')
          this.fail(`\\${character} is not supported`, start, 'name the characters by a class')
        return this.#literal(this.escapedCode(character, start))
    }
  }

  #lastMatch(start: number): RegexNode {
    if (start !== 0)
      this.fail('\\G is supported at the beginning of a pattern only', start, 'put it first, or leave it out')
    this.#sticky = true
    return { kind: 'assertion', source: '' }
  }

  #namedReference(): RegexNode {
    if (this.next() !== '<')
      this.fail("\\k is not followed by '<' for named capturing group", this.at, 'write \\k<name>')
    const name = this.#groupName()
    const number = this.#names.get(name)
    if (number === undefined)
      this.fail(`named capturing group <${name}> does not exist`, this.at - 1, 'define the group before it is used')
    return this.#reference(number)
  }

  /** Takes more digits as long as there are so many groups. */
  #numberedReference(first: number): RegexNode {
    let number = first
    while (/\d/.test(this.peek()) && number * 10 + Number(this.peek()) <= this.#groups)
      number = number * 10 + Number(this.next())
    return this.#reference(number)
  }

  #reference(number: number): RegexNode {
    if (!this.#closed.has(number)) return { kind: 'assertion', source: '(?!)' }
    if (!this.#certain.has(number)) {
      this.fail(
        `The group ${number} may not have taken part where it is referred to`,
        this.at,
        'refer to groups that always take part',
      )
    }
    return { kind: 'reference', number, ignoreCase: this.flags.i }
  }
}

function otherCase(code: number): number | undefined {
  if (code >= 0x41 && code <= 0x5a) return code + 32
  return code >= 0x61 && code <= 0x7a ? code - 32 : undefined
}

/** Java's word characters for borders: letters, digits and `_` of all scripts, and marks on them. */
function wordBorder(negated: boolean, unicodeClasses: boolean): string {
  const word = unicodeClasses ? '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]' : '[\\p{L}\\p{Nd}_]'
  const before = unicodeClasses ? `(?<=${word})` : `(?<=${word}|[\\p{L}\\p{Nd}]\\p{Mn}+)`
  const after = unicodeClasses ? `(?=${word})` : `(?=${word}|(?<=[\\p{L}\\p{Nd}]\\p{Mn}*)\\p{Mn})`
  const notBefore = before.replace('(?<=', '(?<!')
  const notAfter = after.replace('(?=', '(?!')
  return negated ? `(?:${before}${after}|${notBefore}${notAfter})` : `(?:${before}${notAfter}|${notBefore}${after})`
}
