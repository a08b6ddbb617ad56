import { otherCases } from './regex-case.ts'
import { CertainGroups } from './regex-certain-groups.ts'
import { parseClass } from './regex-class-parser.ts'
import { lineEnds, predefinedClass, wordBorder } from './regex-classes.ts'
import { escapedCode, property } from './regex-escapes.ts'
import { quantifier } from './regex-quantifier.ts'
import { deepest, PatternReader } from './regex-reader.ts'
import {
  beginsWithLastMatch,
  hasInside,
  isCharacter,
  isCondition,
  isNullable,
  lastMatches,
  literalSource,
  type ParsedRegex,
  type RegexNode,
} from './regex-syntax.ts'

const doubleCheck = 'look the pattern up in the description of java.util.regex.Pattern'
/** `\R`. Repeated, it takes a carriage return and a line feed together; alone it may leave the line feed to what follows. */
const lineBreak: RegexNode = { kind: 'text', source: '(?:\\r\\n|[\\n-\\r\\u0085\\u2028\\u2029])' }
const wholeLineBreak: RegexNode = { kind: 'text', source: '(?:\\r\\n|(?!\\r\\n)[\\n-\\r\\u0085\\u2028\\u2029])' }

/** Parses a pattern as java.util.regex.Pattern (Java 17) reads it without flags. @throws JavaRegexError */
export function parseJavaRegex(source: string): ParsedRegex {
  return new Parser(source).parse()
}

class Parser {
  readonly #reader: PatternReader
  #groups = 0
  /** Look-behinds that are open. */
  #behind = 0
  #hasReferences = false
  #isForeign = false
  readonly #names = new Map<string, number>()
  /** Groups that are closed, so that a reference may mean them. */
  readonly #closed = new Set<number>()
  readonly #certain = new CertainGroups()

  constructor(source: string) {
    this.#reader = new PatternReader(source)
  }

  parse(): ParsedRegex {
    const root = this.#alternatives()
    if (this.#reader.at < this.#reader.source.length)
      this.#reader.fail("Unmatched closing ')'", this.#reader.at - 1, 'remove the parenthesis or write \\)')
    const sticky = lastMatches(root) > 0
    if (sticky && !(lastMatches(root) === 1 && beginsWithLastMatch(root))) this.#isForeign = true
    return {
      root,
      groupCount: this.#groups,
      groupNames: this.#names,
      sticky,
      hasReferences: this.#hasReferences,
      isForeign: this.#isForeign,
    }
  }

  #alternatives(): RegexNode {
    if (++this.#reader.depth > deepest)
      this.#reader.fail('Groups are nested too deep', this.#reader.at, 'write a simpler pattern')
    const before = this.#certain.mark
    const options: RegexNode[] = []
    let inAll: readonly number[] = []
    for (;;) {
      options.push(this.#sequence())
      const here = new Set(this.#certain.backTo(before))
      inAll = options.length === 1 ? [...here] : inAll.filter((group) => here.has(group))
      if (this.#reader.peek() !== '|') break
      this.#reader.at++
    }
    for (const group of inAll) this.#certain.add(group)
    this.#reader.depth--
    return options.length === 1 ? options[0]! : { kind: 'alternatives', options }
  }

  #sequence(): RegexNode {
    const items: RegexNode[] = []
    for (;;) {
      this.#reader.skipComments()
      const next = this.#reader.peek()
      if (next === '' || (!this.#reader.quoting && (next === '|' || next === ')'))) break
      const certain = this.#certain.mark
      const groups = this.#groups
      const atom = this.#atom()
      if (atom) items.push(this.#repeated(atom, certain, groups))
    }
    return items.length === 1 ? items[0]! : { kind: 'sequence', items }
  }

  /** The atom with the quantifier behind it. */
  #repeated(atom: RegexNode, certainBefore: number, groupsBefore: number): RegexNode {
    this.#reader.skipComments()
    if (this.#reader.quoting) return atom
    const range = quantifier(this.#reader)
    if (!range) return atom
    const [min, max] = range
    let mode: '' | '?' | '+' = ''
    this.#reader.skipComments()
    if (this.#reader.peek() === '?' || this.#reader.peek() === '+') mode = this.#reader.next() as '?' | '+'
    if (mode === '+' && this.#behind > 0) this.#isForeign = true
    // JavaScript forgets the groups of the round before, goes back into a round, and takes back one that read nothing.
    const inRounds = Array.from({ length: this.#groups - groupsBefore }, (_, index) => groupsBefore + 1 + index)
    if (max > 1 && inRounds.some((number) => !this.#certain.has(number))) this.#isForeign = true
    if (max > 1 && atom !== lineBreak && hasInside(atom, lineBreak)) this.#isForeign = true
    if (max > 1 && isNullable(atom) && !isCondition(atom)) this.#isForeign = true
    if (min === 0) this.#certain.backTo(certainBefore)
    return { kind: 'repeat', body: roundOf(atom, min, mode), min, max, mode }
  }

  /** Undefined where something was read that matches nothing by itself: flags, `\Q`, `\E`. */
  #atom(): RegexNode | undefined {
    if (this.#reader.quoting) return this.#quoted()
    const character = this.#reader.peek()
    switch (character) {
      case '(':
        return this.#group()
      case '[':
        this.#reader.at++
        return { kind: 'set', source: parseClass(this.#reader) }
      case '.':
        this.#reader.at++
        return {
          kind: 'set',
          source: this.#reader.flags.s ? '[\\u{0}-\\u{10ffff}]' : this.#reader.flags.d ? '[^\\n]' : `[^${lineEnds}]`,
        }
      case '^':
        this.#reader.at++
        return { kind: 'assertion', source: this.#caret() }
      case '$':
        this.#reader.at++
        return { kind: 'assertion', source: this.#dollar(this.#reader.flags.m) }
      case '\\':
        return this.#escape()
      case '*':
      case '+':
      case '?':
        return this.#reader.fail(
          `Dangling meta character '${character}'`,
          this.#reader.at,
          `write \\${character} for the character itself`,
        )
      case '{':
        // As in Java, a count with nothing before it repeats the empty text.
        return { kind: 'sequence', items: [] }
      default:
        return this.#literal(this.#reader.nextCodePoint())
    }
  }

  #quoted(): RegexNode | undefined {
    if (this.#reader.source.startsWith('\\E', this.#reader.at)) {
      this.#reader.at += 2
      this.#reader.quoting = false
      return undefined
    }
    const literal = this.#literal(this.#reader.nextCodePoint())
    if (this.#reader.source.startsWith('\\E', this.#reader.at)) {
      this.#reader.at += 2
      this.#reader.quoting = false
    }
    return literal
  }

  #literal(code: number): RegexNode {
    const source = literalSource(code)
    const others = this.#reader.flags.i ? otherCases(code, code, this.#reader.flags.u) : ''
    return others === '' ? { kind: 'text', source } : { kind: 'set', source: `[${source}${others}]` }
  }

  #caret(): string {
    if (!this.#reader.flags.m) return '^'
    return this.#reader.flags.d ? '(?!$)(?:^|(?<=\\n))' : '(?!$)(?:^|(?<=[\\n\\u0085\\u2028\\u2029]|\\r(?!\\n)))'
  }

  #dollar(multiline: boolean): string {
    if (multiline) return this.#reader.flags.d ? '(?=\\n|$)' : `(?=[${lineEnds}]|$)(?<!\\r(?=\\n))`
    return this.#reader.flags.d ? '(?=\\n?$)' : `(?=(?:\\r\\n|[${lineEnds}])?$)(?<!\\r(?=\\n))`
  }

  #group(): RegexNode | undefined {
    const start = this.#reader.at++
    this.#reader.skipComments()
    if (this.#reader.peek() !== '?') return this.#capture(undefined)
    this.#reader.at++
    const character = this.#reader.next()
    if (character === ':') return { kind: 'group', number: undefined, body: this.#inside() }
    if (character === '=' || character === '!') return this.#look(`?${character}`)
    if (character === '>') {
      if (this.#behind > 0) this.#isForeign = true
      return { kind: 'atomic', body: this.#inside() }
    }
    if (character === '<') {
      const next = this.#reader.peek()
      if (next === '=' || next === '!') {
        this.#reader.at++
        return this.#look(`?<${next}`)
      }
      return this.#capture(this.#groupName())
    }
    if (character === '') this.#reader.fail('Unknown inline modifier', this.#reader.at, doubleCheck)
    this.#reader.at--
    return this.#modifiers(start)
  }

  #look(opening: '?=' | '?!' | '?<=' | '?<!'): RegexNode {
    const before = this.#certain.mark
    const behind = opening.startsWith('?<') ? 1 : 0
    this.#behind += behind
    const body = this.#inside()
    this.#behind -= behind
    if (opening.endsWith('!')) this.#certain.backTo(before)
    return { kind: 'look', opening, body }
  }

  #capture(name: string | undefined): RegexNode {
    const number = ++this.#groups
    if (this.#behind > 0) this.#isForeign = true
    if (name !== undefined) {
      if (this.#names.has(name))
        this.#reader.fail(`Named capturing group <${name}> is already defined`, this.#reader.at, 'give it another name')
      this.#names.set(name, number)
    }
    const body = this.#inside()
    this.#closed.add(number)
    this.#certain.add(number)
    return { kind: 'group', number, body }
  }

  #groupName(): string {
    const match = /^([A-Za-z][A-Za-z0-9]*)>/.exec(this.#reader.source.slice(this.#reader.at))
    if (!match) {
      const begins = /^[A-Za-z]/.test(this.#reader.peek())
      this.#reader.fail(
        begins
          ? "named capturing group is missing trailing '>'"
          : 'capturing group name does not start with a Latin letter',
        this.#reader.at,
        'a name is letters and digits: (?<name>…)',
      )
    }
    this.#reader.at += match[0].length
    return match[1]!
  }

  /** Up to the closing parenthesis; flags that are set inside end with it. */
  #inside(): RegexNode {
    const flags = this.#reader.flags
    const body = this.#alternatives()
    if (this.#reader.next() !== ')')
      this.#reader.fail('Unclosed group', this.#reader.source.length, 'close the parenthesis, or write \\(')
    this.#reader.flags = flags
    return body
  }

  #modifiers(start: number): RegexNode | undefined {
    const before = this.#reader.flags
    let flags = this.#reader.flags
    let on = true
    for (;;) {
      const character = this.#reader.next()
      if (character === '-' && on) on = false
      else if (character !== '' && 'imsxudU'.includes(character)) {
        flags = { ...flags, [character]: on }
        if (character === 'U') flags = { ...flags, u: on }
      } else if (character === ')') {
        this.#reader.flags = flags
        return undefined
      } else if (character === ':') {
        this.#reader.flags = flags
        const body = this.#inside()
        this.#reader.flags = before
        return { kind: 'group', number: undefined, body }
      } else this.#reader.fail('Unknown inline modifier', start + 2, 'the modifiers are i m s x u d U')
    }
  }

  #escape(): RegexNode | undefined {
    const start = this.#reader.at++
    const character = this.#reader.next()
    if (character === '')
      this.#reader.fail(
        'Unexpected internal error',
        this.#reader.at,
        'a pattern cannot end with a single backslash; double it',
      )
    const unicodeClasses = this.#reader.flags.U
    const predefined = predefinedClass(character, unicodeClasses)
    if (predefined) return { kind: 'set', source: predefined }
    switch (character) {
      case 'Q':
        this.#reader.quoting = true
        if (this.#reader.source.startsWith('\\E', this.#reader.at)) return this.#quoted()
        return undefined
      case 'A':
        return { kind: 'assertion', source: '^' }
      case 'z':
        return { kind: 'assertion', source: '$' }
      case 'Z':
        return { kind: 'assertion', source: this.#dollar(false) }
      case 'G':
        return { kind: 'lastMatch' }
      case 'b':
      case 'B':
        if (this.#reader.source.startsWith('{g}', this.#reader.at))
          this.#reader.fail('\\b{g} is not supported', start, 'leave it out')
        return { kind: 'assertion', source: wordBorder(character === 'B', unicodeClasses) }
      case 'R':
        return lineBreak
      case 'k':
        return this.#namedReference()
      default:
        if (character >= '1' && character <= '9') return this.#numberedReference(Number(character))
        if (character === 'p' || character === 'P')
          return { kind: 'set', source: property(this.#reader, character === 'P') }
        if (character === 'X' || character === 'N')
          this.#reader.fail(`\\${character} is not supported`, start, 'name the characters by a class')
        return this.#literal(escapedCode(this.#reader, character, start))
    }
  }

  #namedReference(): RegexNode {
    if (this.#reader.next() !== '<')
      this.#reader.fail("\\k is not followed by '<' for named capturing group", this.#reader.at, 'write \\k<name>')
    const name = this.#groupName()
    const number = this.#names.get(name)
    if (number === undefined)
      this.#reader.fail(
        `named capturing group <${name}> does not exist`,
        this.#reader.at - 1,
        'define the group before it is used',
      )
    return this.#reference(number)
  }

  /** Takes more digits as long as there are so many groups. */
  #numberedReference(first: number): RegexNode {
    let number = first
    for (;;) {
      this.#reader.skipComments()
      const digit = /\d/.test(this.#reader.peek()) ? Number(this.#reader.peek()) : Number.NaN
      if (!(number * 10 + digit <= this.#groups)) return this.#reference(number)
      number = number * 10 + digit
      this.#reader.at++
    }
  }

  #reference(number: number): RegexNode {
    this.#hasReferences = true
    if (this.#behind > 0)
      this.#reader.fail('Look-behind group does not have an obvious maximum length', this.#reader.at - 1, doubleCheck)
    const { i, u } = this.#reader.flags
    // JavaScript takes a group that has not taken part for empty, Java for a mismatch; the two fold letters otherwise.
    if (i || !this.#certain.has(number) || !this.#closed.has(number)) this.#isForeign = true
    return { kind: 'reference', number, letters: !i ? 'exact' : u ? 'anyCase' : 'asciiCase' }
  }
}

/** A possessive count does not go back into its rounds, not even to come to the fewest. */
function roundOf(atom: RegexNode, min: number, mode: '' | '?' | '+'): RegexNode {
  if (atom === lineBreak) return wholeLineBreak
  return mode === '+' && min > 1 && !isCharacter(atom) ? { kind: 'atomic', body: atom } : atom
}
