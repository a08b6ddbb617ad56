import type { JavaMatch, JavaRegex } from './java-regex.ts'
import type { JavaReplacement } from './java-replacement.ts'
import { beginsAtStart } from './regex-cost.ts'
import { cutOff } from './regex-guard.ts'
import { type Budget, exhausted, Machine } from './regex-machine.ts'
import { compileProgram, type Program } from './regex-program.ts'
import type { ParsedRegex } from './regex-syntax.ts'

/** Steps that each text may take for certain, and fewer once so many more texts have used up theirs than have not. */
const usually = { forText: 5_000, forCharacter: 20 }
const inFlood = { forText: 1_000, forCharacter: 4 }
const mostExhausted = 16
/** Steps that texts may take besides: a store that those fill which need none of it, and which a flood soon empties. */
const mostSpareSteps = 1_000_000
const spareStepsFromText = 5_000

/** A pattern run by the {@link Machine}, because V8 would match otherwise than Java does, or take too long. */
export class SteppedRegex implements JavaRegex {
  readonly source: string
  readonly groupCount: number
  readonly groupNames: ReadonlyMap<string, number>
  readonly engine = 'stepped'
  readonly #find: Program
  readonly #whole: Program
  readonly #anchored: boolean
  #spareSteps = mostSpareSteps
  #exhaustedTexts = 0

  constructor(source: string, parsed: ParsedRegex) {
    this.source = source
    this.groupCount = parsed.groupCount
    this.groupNames = parsed.groupNames
    this.#anchored = beginsAtStart(parsed.root)
    this.#find = compileProgram(parsed)
    this.#whole = compileProgram({
      ...parsed,
      root: { kind: 'sequence', items: [parsed.root, { kind: 'assertion', source: '$' }] },
    })
  }

  test(text: string): boolean | typeof cutOff {
    return this.testEach([text])[0]!
  }

  testEach(texts: readonly string[]): readonly (boolean | typeof cutOff)[] {
    return this.#each(texts, (text, budget) => {
      const found = this.#search(new Machine(this.#find, text), text, 0, 0, budget)
      return found === exhausted ? cutOff : found !== null
    })
  }

  findEach(texts: readonly string[]): readonly (JavaMatch | null | typeof cutOff)[] {
    return this.#each(texts, (text, budget) => {
      const spans = this.#search(new Machine(this.#find, text), text, 0, 0, budget)
      return spans === exhausted ? cutOff : spans && groupsOf(text, spans)
    })
  }

  replaceEach(texts: readonly string[], replacement: JavaReplacement): readonly (string | typeof cutOff)[] {
    return this.#each(texts, (text, budget) => this.#replace(text, replacement, budget))
  }

  fullMatch(text: string): boolean | typeof cutOff {
    const answers = this.#each([text], (each, budget) => {
      const found = new Machine(this.#whole, each).search(0, 0, 0, budget)
      return found === exhausted ? cutOff : found !== null
    })
    return answers[0]!
  }

  #search(
    machine: Machine,
    text: string,
    from: number,
    lastEnd: number,
    budget: Budget,
  ): Int32Array | null | typeof exhausted {
    if (this.#anchored && from > 0) return null
    return machine.search(from, this.#anchored ? 0 : text.length, lastEnd, budget)
  }

  #replace(text: string, { parts }: JavaReplacement, budget: Budget): string | typeof cutOff {
    const machine = new Machine(this.#find, text)
    let replaced = ''
    let end = 0
    let from = 0
    while (from <= text.length) {
      const spans = this.#search(machine, text, from, end, budget)
      if (spans === exhausted) return cutOff
      if (spans === null) break
      replaced += text.slice(end, spans[0])
      for (const part of parts) replaced += typeof part === 'string' ? part : (groupOf(text, spans, part) ?? '')
      end = spans[1]!
      from = end > spans[0]! ? end : end + (text.codePointAt(end)! > 0xffff ? 2 : 1)
    }
    return replaced + text.slice(end)
  }

  #each<T>(texts: readonly string[], work: (text: string, budget: Budget) => T): readonly T[] {
    return texts.map((text) => {
      const { forText, forCharacter } = this.#exhaustedTexts < mostExhausted ? usually : inFlood
      const budget = { steps: forText + forCharacter * text.length + this.#spareSteps }
      const answer = work(text, budget)
      const left = Math.max(budget.steps, 0)
      if (left < this.#spareSteps) this.#spareSteps = left
      else this.#spareSteps = Math.min(this.#spareSteps + spareStepsFromText, mostSpareSteps)
      const cuts = this.#exhaustedTexts + (answer === cutOff ? 1 : -1)
      this.#exhaustedTexts = Math.min(Math.max(cuts, 0), 2 * mostExhausted)
      return answer
    })
  }
}

function groupsOf(text: string, spans: Int32Array): JavaMatch {
  return Array.from({ length: spans.length / 2 }, (_, group) => groupOf(text, spans, group))
}

function groupOf(text: string, spans: Int32Array, group: number): string | undefined {
  const begin = spans[2 * group]!
  return begin < 0 ? undefined : text.slice(begin, spans[2 * group + 1])
}
