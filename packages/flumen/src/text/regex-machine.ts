import { foldedOf } from './regex-case.ts'
import type { Program, Round, Step } from './regex-program.ts'

/** The steps that the searches of one text may still take. */
export interface Budget {
  steps: number
}

/** The budget ran out, or what can be gone back to became too much. */
export const exhausted: unique symbol = Symbol('exhausted')

/** Remembered failures and kept choices; both bound the memory of a search. */
const mostRemembered = 16_000_000
const mostKept = 8_000_000
const nowhere = -1

/** What is kept to go back to; each has three numbers. */
const choice = 0
const register = 1
const span = 2
const greedyRun = 3
const lazyRun = 4
const isolation = 5
const look = 6
const farther = 7

/**
 * Runs a program on one text, a step at a time, going back as Java does. When a search takes long, the choices that
 * have failed at a position are remembered and not tried again, which bounds the work by the length of the text times
 * that of the pattern, unless the pattern has references or counted loops.
 */
export class Machine {
  readonly #program: Program
  readonly #text: string
  /** Begin and end of each group; -1: it has not taken part. */
  readonly #spans: Int32Array
  readonly #registers: Int32Array
  #kept = new Int32Array(1024)
  #top = 0
  /** Where the innermost isolation or look is kept. */
  #mark = nowhere
  #at = 0
  #lastEnd = 0
  #failed: Uint8Array | undefined
  #budget: Budget = { steps: 0 }

  constructor(program: Program, text: string) {
    this.#program = program
    this.#text = text
    this.#spans = new Int32Array(2 * (program.groupCount + 1))
    this.#registers = new Int32Array(program.registers)
  }

  /**
   * The first match that begins between two positions, both included: begin and end of each group (-1: none).
   * @param lastEnd where the last match ended, for `\G`
   */
  search(first: number, last: number, lastEnd: number, budget: Budget): Int32Array | null | typeof exhausted {
    const patience = budget.steps - 1000 - 8 * this.#text.length
    this.#budget = budget
    this.#failed = undefined
    this.#lastEnd = lastEnd
    for (let start = first; start <= last; start++) {
      const found = this.#matchFrom(start, patience)
      if (found === exhausted) return exhausted
      if (found) return this.#spans
      if (this.#text.codePointAt(start)! > 0xffff) start++
    }
    return null
  }

  #matchFrom(start: number, patience: number): boolean | typeof exhausted {
    const { steps } = this.#program
    this.#spans.fill(nowhere)
    this.#spans[0] = start
    this.#at = start
    this.#top = 0
    this.#mark = nowhere
    let next = 0
    while (next !== nowhere) {
      const step = steps[next]!
      if (step.op === 'accept') {
        this.#spans[1] = this.#at
        return true
      }
      next = this.#perform(step, next + 1)
      if (next === nowhere) next = this.#goBack()
      if (--this.#budget.steps < 0 || this.#top > mostKept) return exhausted
      if (this.#budget.steps < patience && this.#failed === undefined) this.#beginToRemember()
    }
    return false
  }

  /** The next step, or nowhere when this one failed. */
  #perform(step: Step, next: number): number {
    switch (step.op) {
      case 'read':
        return this.#read(step.has) ? next : nowhere
      case 'run':
        return this.#run(step, next)
      case 'split':
        if (!this.#isNew(step.slot)) return nowhere
        this.#keep(choice, step.other, this.#at)
        return next
      case 'jump':
        return step.next
      case 'open':
        this.#setRegister(step.register, this.#at)
        return next
      case 'close':
        this.#setSpan(2 * step.group, this.#registers[step.register]!)
        this.#setSpan(2 * step.group + 1, this.#at)
        return next
      case 'check':
        step.holds.lastIndex = this.#at
        return step.holds.test(this.#text) ? next : nowhere
      case 'lastMatch':
        return this.#at === this.#lastEnd ? next : nowhere
      case 'refer':
        return this.#refer(step) ? next : nowhere
      case 'enter':
        this.#setRegister(step.counter, 0)
        return next
      case 'round':
        return this.#round(step, next)
      case 'isolate':
        this.#keep(isolation, this.#mark, 0)
        this.#mark = this.#top - 4
        return next
      case 'commit':
        this.#top = this.#mark
        this.#mark = this.#kept[this.#top]!
        return next
      case 'look':
        this.#keepLook(step)
        return next
      case 'lookBehind':
        this.#keepLook(step)
        return this.#lookFrom(next, this.#at, step.least) ? next : nowhere
      case 'arrived':
        return this.#at === this.#kept[this.#mark + 1] ? next : nowhere
      case 'seen':
        return this.#endLook(next)
      case 'accept':
        return nowhere
    }
  }

  #read(has: (code: number) => boolean): boolean {
    const code = this.#text.codePointAt(this.#at)
    if (code === undefined || !has(code)) return false
    this.#at += code > 0xffff ? 2 : 1
    return true
  }

  /** A repeated class: as far as it goes or as short as it can be, then back or on by one character at a time. */
  #run({ has, min, max, lazy, slot }: Step & { op: 'run' }, next: number): number {
    let count = 0
    while (count < min && this.#read(has)) count++
    this.#budget.steps -= count
    if (count < min) return nowhere
    if (!this.#isNew(slot)) return nowhere
    if (lazy) {
      this.#keep(lazyRun, next - 1, this.#at, count)
      return next
    }
    const least = this.#at
    while (count < max) {
      const before = this.#at
      if (!this.#read(has)) break
      count++
      // Where an unlimited run has been before, all that is beyond has been tried.
      if (max === Number.POSITIVE_INFINITY && !this.#isNew(slot)) {
        this.#at = before
        break
      }
    }
    this.#budget.steps -= count
    if (this.#at > least) this.#keep(greedyRun, next, least, this.#at)
    return next
  }

  #round({ counter, min, max, lazy, dropsEmpty, next, slot }: Round, body: number): number {
    const count = this.#registers[counter]!
    if (count > 0 && this.#registers[counter + 1] === this.#at) return dropsEmpty && count > min ? nowhere : next
    if (count >= min && !this.#isNew(slot)) return nowhere
    if (count >= max) return next
    if (count >= min && lazy) {
      this.#keep(choice, body - 1, this.#at, count)
      return next
    }
    if (count >= min) this.#keep(choice, next, this.#at)
    this.#setRegister(counter, count + 1)
    this.#setRegister(counter + 1, this.#at)
    return body
  }

  #refer({ group, letters }: Step & { op: 'refer' }): boolean {
    const begin = this.#spans[2 * group] ?? nowhere
    if (begin === nowhere) return false
    const wanted = this.#text.slice(begin, this.#spans[2 * group + 1])
    const found = this.#text.slice(this.#at, this.#at + wanted.length)
    this.#budget.steps -= wanted.length
    if (found !== wanted && (letters === 'exact' || folded(found, letters) !== folded(wanted, letters))) return false
    this.#at += wanted.length
    return true
  }

  #keepLook({ negative, next }: { readonly negative: boolean; readonly next: number }): void {
    this.#keep(look, this.#mark, this.#at, negative ? next : nowhere)
    this.#mark = this.#top - 4
  }

  /** Goes so many characters back from a position; the next time one more. */
  #lookFrom(body: number, at: number, characters: number): boolean {
    if (characters > at) return false
    this.#budget.steps -= characters
    let start = at
    for (let count = 0; count < characters; count++) {
      if (start === 0) return false
      start = this.#before(start)
    }
    this.#keep(farther, body, start, characters)
    this.#at = start
    return true
  }

  #endLook(next: number): number {
    this.#top = this.#mark
    this.#mark = this.#kept[this.#top]!
    this.#at = this.#kept[this.#top + 1]!
    return this.#kept[this.#top + 2] === nowhere ? next : nowhere
  }

  /** The last choice that is left; undoes what has been noted since. */
  #goBack(): number {
    const { steps } = this.#program
    while (this.#top > 0) {
      this.#top -= 4
      const first = this.#kept[this.#top]!
      const second = this.#kept[this.#top + 1]!
      const third = this.#kept[this.#top + 2]!
      switch (this.#kept[this.#top + 3]) {
        case choice: {
          this.#at = second
          const step = steps[first]!
          return step.op === 'round' ? this.#lazyRound(step, first, third) : first
        }
        case register:
          this.#registers[first] = second
          break
        case span:
          this.#spans[first] = second
          break
        case greedyRun:
          this.#at = this.#before(third)
          if (this.#at > second) this.#keep(greedyRun, first, second, this.#at)
          return first
        case lazyRun: {
          const next = this.#lengthen(steps[first] as Step & { op: 'run' }, first, second, third)
          if (next !== nowhere) return next
          break
        }
        case isolation:
          this.#mark = first
          break
        case farther: {
          const { most } = steps[first - 1] as Step & { op: 'lookBehind' }
          if (third < most && second > 0) {
            this.#at = this.#before(second)
            this.#keep(farther, first, this.#at, third + 1)
            return first
          }
          break
        }
        case look:
          this.#mark = first
          this.#at = second
          if (third !== nowhere) return third
      }
    }
    return nowhere
  }

  #lazyRound({ counter }: Round, head: number, count: number): number {
    this.#setRegister(counter, count + 1)
    this.#setRegister(counter + 1, this.#at)
    return head + 1
  }

  #lengthen({ has, max, slot }: Step & { op: 'run' }, index: number, at: number, count: number): number {
    this.#at = at
    if (count >= max || !this.#read(has)) return nowhere
    if (max === Number.POSITIVE_INFINITY && !this.#isNew(slot)) return nowhere
    this.#keep(lazyRun, index, this.#at, count + 1)
    return index + 1
  }

  #before(at: number): number {
    return at > 1 && this.#text.codePointAt(at - 2)! > 0xffff ? at - 2 : at - 1
  }

  #setRegister(index: number, value: number): void {
    this.#keep(register, index, this.#registers[index]!)
    this.#registers[index] = value
  }

  #setSpan(index: number, value: number): void {
    this.#keep(span, index, this.#spans[index]!)
    this.#spans[index] = value
  }

  #keep(kind: number, first: number, second: number, third = 0): void {
    if (this.#top + 4 > this.#kept.length) {
      const larger = new Int32Array(this.#kept.length * 2)
      larger.set(this.#kept)
      this.#kept = larger
    }
    this.#kept[this.#top] = first
    this.#kept[this.#top + 1] = second
    this.#kept[this.#top + 2] = third
    this.#kept[this.#top + 3] = kind
    this.#top += 4
  }

  /** False where this choice has been made at this position and led nowhere. */
  #isNew(slot: number): boolean {
    if (slot < 0 || this.#failed === undefined) return true
    const index = slot * (this.#text.length + 1) + this.#at
    if (this.#failed[index] === 1) return false
    this.#failed[index] = 1
    return true
  }

  #beginToRemember(): void {
    const size = this.#program.slots * (this.#text.length + 1)
    if (size === 0 || size > mostRemembered) return
    this.#failed = new Uint8Array(size)
    this.#budget.steps -= size >> 6
  }
}

function folded(text: string, letters: 'asciiCase' | 'anyCase'): string {
  if (letters === 'asciiCase') return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
  return Array.from(text, (letter) => String.fromCodePoint(foldedOf(letter.codePointAt(0)!))).join('')
}
