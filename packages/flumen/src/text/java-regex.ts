import type { JavaReplacement } from './java-replacement.ts'
import { safeLength } from './regex-cost.ts'
import { emitJavaScript } from './regex-emitter.ts'
import { type cutOff, Guard } from './regex-guard.ts'
import { parseJavaRegex } from './regex-parser.ts'
import { JavaRegexError } from './regex-syntax.ts'

export { compileJavaReplacement, type JavaReplacement } from './java-replacement.ts'
export { cutOff } from './regex-guard.ts'
export { JavaRegexError } from './regex-syntax.ts'

/** Groups 0 to n of a match; undefined: the group did not take part. */
export type JavaMatch = readonly (string | undefined)[]

/**
 * A pattern of java.util.regex (Java 17, no flags but those inside), run by V8. Whether a text is safe is known from the
 * pattern and the text's length; one that is not runs under a time limit and is {@link cutOff} when it takes too long:
 * neither a hostile pattern nor a hostile text stalls the agent.
 */
export interface JavaRegex {
  readonly source: string
  readonly groupCount: number
  readonly groupNames: ReadonlyMap<string, number>
  /** `v8`: no text of any length needs the guard. `guarded`: long ones do, or all. */
  readonly engine: 'v8' | 'guarded'
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

/** @throws JavaRegexError for a pattern that Java refuses, or that cannot be translated faithfully: with position and mend */
export function compileJavaRegex(source: string): JavaRegex {
  return new TranslatedRegex(source)
}

class TranslatedRegex implements JavaRegex {
  readonly source: string
  readonly groupCount: number
  readonly groupNames: ReadonlyMap<string, number>
  readonly engine: 'v8' | 'guarded'
  readonly #groups: readonly number[]
  readonly #safeLength: number
  readonly #find: RegExp
  readonly #every: RegExp
  readonly #whole: RegExp
  readonly #guard = new Guard()
  readonly #testOne = (text: string): boolean => this.#find.test(text)
  readonly #findOne = (text: string): JavaMatch | null => this.#matchOf(this.#find.exec(text))

  constructor(source: string) {
    const parsed = parseJavaRegex(source)
    const emitted = emitJavaScript(parsed)
    this.source = source
    this.groupCount = parsed.groupCount
    this.groupNames = parsed.groupNames
    this.#groups = emitted.groups
    this.#safeLength = safeLength(parsed.root)
    this.engine = this.#safeLength === Number.POSITIVE_INFINITY ? 'v8' : 'guarded'
    const start = parsed.sticky ? '^' : ''
    this.#find = compiled(`${start}(?:${emitted.source})`, 'v', source)
    this.#every = parsed.sticky ? compiled(emitted.source, 'vy', source) : compiled(emitted.source, 'gv', source)
    this.#whole = compiled(`^(?:${emitted.source})$`, 'v', source)
  }

  test(text: string): boolean | typeof cutOff {
    return text.length <= this.#safeLength ? this.#find.test(text) : this.#guard.each([text], this.#testOne)[0]!
  }

  testEach(texts: readonly string[]): readonly (boolean | typeof cutOff)[] {
    return this.#each(texts, this.#testOne)
  }

  findEach(texts: readonly string[]): readonly (JavaMatch | null | typeof cutOff)[] {
    return this.#each(texts, this.#findOne)
  }

  replaceEach(texts: readonly string[], replacement: JavaReplacement): readonly (string | typeof cutOff)[] {
    return this.#each(texts, (text) => this.#replace(text, replacement))
  }

  fullMatch(text: string): boolean | typeof cutOff {
    const work = (each: string): boolean => this.#whole.test(each)
    return text.length <= this.#safeLength ? work(text) : this.#guard.each([text], work)[0]!
  }

  #each<T>(texts: readonly string[], work: (text: string) => T): readonly (T | typeof cutOff)[] {
    const answers: (T | typeof cutOff)[] = []
    const long: number[] = []
    for (let index = 0; index < texts.length; index++) {
      if (texts[index]!.length <= this.#safeLength) answers[index] = work(texts[index]!)
      else long.push(index)
    }
    if (long.length === 0) return answers
    const guarded = this.#guard.each(
      long.map((index) => texts[index]!),
      work,
    )
    for (let each = 0; each < long.length; each++) answers[long[each]!] = guarded[each]!
    return answers
  }

  #replace(text: string, { parts }: JavaReplacement): string {
    this.#every.lastIndex = 0
    let replaced = ''
    let end = 0
    for (let match = this.#every.exec(text); match; match = this.#every.exec(text)) {
      replaced += text.slice(end, match.index)
      for (const part of parts) replaced += typeof part === 'string' ? part : (match[this.#groups[part]!] ?? '')
      end = match.index + match[0].length
      if (match[0] === '') this.#every.lastIndex = end + (text.codePointAt(end)! > 0xffff ? 2 : 1)
      if (this.#every.lastIndex > text.length) break
    }
    return replaced + text.slice(end)
  }

  #matchOf(match: RegExpExecArray | null): JavaMatch | null {
    return match && this.#groups.map((group) => match[group])
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
