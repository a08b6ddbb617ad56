import type { JavaReplacement } from './java-replacement.ts'
import { beginsAtStart, leadingClass, safeLength, unlimited } from './regex-cost.ts'
import { emitJavaScript } from './regex-emitter.ts'
import { cutOff, Guard } from './regex-guard.ts'
import { parseJavaRegex } from './regex-parser.ts'
import { isNullable, JavaRegexError, type ParsedRegex } from './regex-syntax.ts'
import { SteppedRegex } from './stepped-regex.ts'

export { compileJavaReplacement, type JavaReplacement } from './java-replacement.ts'
export { cutOff } from './regex-guard.ts'
export { JavaRegexError } from './regex-syntax.ts'

/** Groups 0 to n of a match; undefined: the group did not take part. */
export type JavaMatch = readonly (string | undefined)[]

/**
 * A pattern of java.util.regex (Java 17, no flags but those inside), run by V8 where V8 does what Java does. Whether a
 * text is safe is known from the pattern and the text's length (regex-cost.ts). One that is not runs under a time limit
 * (regex-guard.ts), and what that cuts off, or a few short texts at once, by a matcher of our own that counts its steps
 * (regex-machine.ts). Only what is too much for that as well is {@link cutOff}: which it is depends on the pattern, the
 * text and how many before it were cut off, hardly on the machine. A call with 64 KiB of hostile texts, 512 at most,
 * takes up to 0.1 s: that is a piece of a batch for interceptors (runtime/interception.ts).
 *
 * Four oddities of Java are not imitated: what a group has got in an attempt that was taken back, or in an earlier round
 * of a loop around its own, stays; a look-behind of unlimited length is refused or cannot match; an empty match tears a
 * character of two units.
 */
export interface JavaRegex {
  readonly source: string
  readonly groupCount: number
  readonly groupNames: ReadonlyMap<string, number>
  /**
   * `v8`: a search needs no guard in texts of up to a million characters. `guarded`: long ones do, or all. `stepped`: V8
   * would match otherwise than Java does, so a matcher of our own runs the pattern, slower, and counts its steps.
   */
  readonly engine: 'v8' | 'guarded' | 'stepped'
  /** Whether the pattern is found in a text. */
  test(text: string): boolean | typeof cutOff
  testEach(texts: readonly string[]): readonly (boolean | typeof cutOff)[]
  /** The first match in each text. */
  findEach(texts: readonly string[]): readonly (JavaMatch | null | typeof cutOff)[]
  /** Every match replaced, as Matcher.replaceAll does. */
  replaceEach(texts: readonly string[], replacement: JavaReplacement): readonly (string | typeof cutOff)[]
  /** Whether the pattern matches the whole text, as Matcher.matches. */
  fullMatch(text: string): boolean | typeof cutOff
}

/** @throws JavaRegexError for a pattern that Java refuses, or that cannot be matched faithfully: with position and mend */
export function compileJavaRegex(source: string): JavaRegex {
  const parsed = parseJavaRegex(source)
  return parsed.isForeign ? new SteppedRegex(source, parsed) : new TranslatedRegex(source, parsed)
}

class TranslatedRegex implements JavaRegex {
  readonly source: string
  readonly groupCount: number
  readonly groupNames: ReadonlyMap<string, number>
  readonly engine: 'v8' | 'guarded'
  readonly #groups: readonly number[]
  /** The translation numbers them as Java does; it may have more of them. */
  readonly #hasJavaNumbers: boolean
  /** Longest texts that need no guard: for one search, for all matches, for a match of the whole text. */
  readonly #safeToFind: number
  readonly #safeToWalk: number
  readonly #safeToCompare: number
  readonly #find: RegExp
  readonly #every: RegExp
  readonly #whole: RegExp
  readonly #guard = new Guard()
  readonly #parsed: ParsedRegex
  #stepped: SteppedRegex | undefined
  readonly #testOne = (text: string): boolean => this.#find.test(text)
  readonly #findOne = (text: string): JavaMatch | null => this.#matchOf(this.#find.exec(text))

  constructor(source: string, parsed: ParsedRegex) {
    const emitted = emitJavaScript(parsed)
    this.source = source
    this.#parsed = parsed
    this.groupCount = parsed.groupCount
    this.groupNames = parsed.groupNames
    this.#groups = emitted.groups
    this.#hasJavaNumbers = emitted.groups.every((group, at) => group === at)
    const anchored = parsed.sticky || beginsAtStart(parsed.root)
    const notBehind = anchored || parsed.hasReferences ? undefined : leadingClass(parsed.root)
    this.#safeToFind = safeLength(parsed.root, { anchored, notBehind, wanted: 'first' })
    this.#safeToWalk = safeLength(parsed.root, { anchored, wanted: 'every' })
    this.#safeToCompare = safeLength(parsed.root, { anchored: true, wanted: 'whole' })
    this.engine = this.#safeToFind >= unlimited ? 'v8' : 'guarded'
    const border = isNullable(parsed.root) && !anchored ? atCharacter : ''
    const start = parsed.sticky ? '^' : notBehind === undefined ? border : `${border}(?<!${notBehind})`
    this.#find = compiled(`${start}(?:${emitted.source})`, 'v', source)
    this.#every = compiled(`${border}(?:${emitted.source})`, parsed.sticky ? 'vy' : 'gv', source)
    this.#whole = compiled(`^(?:${emitted.source})$`, 'v', source)
  }

  test(text: string): boolean | typeof cutOff {
    if (text.length > this.#safeToFind) return this.testEach([text])[0]!
    try {
      return this.#find.test(text)
    } catch {
      return this.testEach([text])[0]!
    }
  }

  testEach(texts: readonly string[]): readonly (boolean | typeof cutOff)[] {
    return this.#each(texts, this.#safeToFind, this.#testOne, (rest) => this.#slow().testEach(rest))
  }

  findEach(texts: readonly string[]): readonly (JavaMatch | null | typeof cutOff)[] {
    return this.#each(texts, this.#safeToFind, this.#findOne, (rest) => this.#slow().findEach(rest))
  }

  replaceEach(texts: readonly string[], replacement: JavaReplacement): readonly (string | typeof cutOff)[] {
    const replaceOne = (text: string): string => this.#replace(text, replacement)
    return this.#each(texts, this.#safeToWalk, replaceOne, (rest) => this.#slow().replaceEach(rest, replacement))
  }

  fullMatch(text: string): boolean | typeof cutOff {
    const compare = (each: string): boolean => this.#whole.test(each)
    return this.#each([text], this.#safeToCompare, compare, ([rest]) => [this.#slow().fullMatch(rest!)])[0]!
  }

  /** Bare where that is safe; else a few characters by our own matcher, more under the guard and what it cuts off after it. */
  #each<T>(
    texts: readonly string[],
    safe: number,
    work: (text: string) => T,
    slowly: (texts: readonly string[]) => readonly (T | typeof cutOff)[],
  ): readonly (T | typeof cutOff)[] {
    const answers: (T | typeof cutOff)[] = []
    const unsafe: number[] = []
    let characters = 0
    for (let index = 0; index < texts.length; index++) {
      const text = texts[index]!
      answers[index] = text.length <= safe ? unguarded(work, text) : cutOff
      if (answers[index] !== cutOff) continue
      unsafe.push(index)
      characters += text.length
    }
    const fill = (rows: readonly number[], later: readonly (T | typeof cutOff)[]): void => {
      for (let each = 0; each < rows.length; each++) answers[rows[each]!] = later[each]!
    }
    const textsOf = (rows: readonly number[]): string[] => rows.map((row) => texts[row]!)
    if (characters > fewCharacters) fill(unsafe, this.#guard.each(textsOf(unsafe), work))
    const rest = unsafe.filter((row) => answers[row] === cutOff)
    if (rest.length > 0) fill(rest, slowly(textsOf(rest)))
    return answers
  }

  #slow(): SteppedRegex {
    this.#stepped ??= new SteppedRegex(this.source, this.#parsed)
    return this.#stepped
  }

  #replace(text: string, { parts }: JavaReplacement): string {
    this.#every.lastIndex = 0
    let replaced = ''
    let end = 0
    for (let match = this.#every.exec(text); match; match = this.#every.exec(text)) {
      replaced += text.slice(end, match.index)
      for (const part of parts) replaced += typeof part === 'string' ? part : (match[this.#groups[part]!] ?? '')
      end = match.index + match[0].length
      if (match[0] === '' && this.#every.sticky) break
      if (match[0] === '') this.#every.lastIndex = end + (text.codePointAt(end)! > 0xffff ? 2 : 1)
      if (this.#every.lastIndex > text.length) break
    }
    return replaced + text.slice(end)
  }

  #matchOf(match: RegExpExecArray | null): JavaMatch | null {
    if (match === null || (this.#hasJavaNumbers && match.length === this.#groups.length)) return match
    return this.#groups.map((group) => match[group])
  }
}

/** V8 looks for an empty match in the middle of a character of two units as well, where this does not hold. */
const atCharacter = '(?=[^]|$)'

/** The guard costs about as much as our own matcher takes for so many. */
const fewCharacters = 4096

/** The matcher throws when it runs out of room for what it can go back to. */
function unguarded<T>(work: (text: string) => T, text: string): T | typeof cutOff {
  try {
    return work(text)
  } catch {
    return cutOff
  }
}

function compiled(source: string, flags: string, java: string): RegExp {
  try {
    return new RegExp(source, flags)
  } catch (error) {
    throw new JavaRegexError(
      `The pattern ${java} cannot be translated: ${(error as Error).message}`,
      0,
      'write it more simply',
    )
  }
}
