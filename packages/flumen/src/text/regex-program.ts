import {
  isCharacter,
  isLineBreak,
  isNullable,
  longest,
  type ParsedRegex,
  type RegexNode,
  shortest,
} from './regex-syntax.ts'

/** Whether a character (a code point) belongs to a class. */
export type Membership = (code: number) => boolean

/**
 * One step of our own matcher. `next` and the like are indices of steps. `slot` numbers the places at which the
 * matcher has a choice; -1: the place with a position in the text does not say all that matters for the choice.
 */
export type Step =
  | { readonly op: 'read'; readonly has: Membership }
  | {
      readonly op: 'run'
      readonly has: Membership
      readonly min: number
      readonly max: number
      readonly lazy: boolean
      readonly slot: number
    }
  | { readonly op: 'split'; readonly other: number; readonly slot: number }
  | { readonly op: 'jump'; readonly next: number }
  | { readonly op: 'open'; readonly register: number }
  | { readonly op: 'close'; readonly group: number; readonly register: number }
  | { readonly op: 'check'; readonly holds: RegExp }
  | { readonly op: 'lastMatch' }
  | { readonly op: 'refer'; readonly group: number; readonly letters: 'exact' | 'asciiCase' | 'anyCase' }
  /** Until `commit`: what the inside could go back to is forgotten. */
  | { readonly op: 'isolate' }
  | { readonly op: 'commit' }
  /** Until `seen`: the inside is only looked at. */
  | { readonly op: 'look'; readonly negative: boolean; readonly next: number }
  /** Until `arrived` and `seen`: the inside begins so many characters before and ends here. */
  | {
      readonly op: 'lookBehind'
      readonly negative: boolean
      readonly least: number
      readonly most: number
      readonly next: number
    }
  | { readonly op: 'arrived' }
  | { readonly op: 'seen' }
  | { readonly op: 'enter'; readonly counter: number }
  | Round
  | { readonly op: 'accept' }

/** The head of a loop; `counter` counts its rounds, the register behind it holds where the last one began. */
export interface Round {
  readonly op: 'round'
  readonly counter: number
  readonly min: number
  readonly max: number
  readonly lazy: boolean
  /** A round that reads nothing is not kept: Java's way with groups that match in one way only. */
  readonly dropsEmpty: boolean
  readonly next: number
  readonly slot: number
}

export interface Program {
  readonly steps: readonly Step[]
  readonly groupCount: number
  readonly registers: number
  readonly slots: number
}

/** Compiles a pattern for the machine of regex-machine.ts. */
export function compileProgram(parsed: ParsedRegex): Program {
  const compiler = new Compiler(parsed)
  compiler.add(parsed.root)
  compiler.steps.push({ op: 'accept' })
  return {
    steps: compiler.steps,
    groupCount: parsed.groupCount,
    registers: compiler.registers,
    slots: compiler.slots,
  }
}

class Compiler {
  readonly steps: Step[] = []
  registers = 0
  slots = 0
  /** Inside of what has a state besides its place: counted loops, loops whose rounds may be empty. */
  #stateful = 0
  readonly #members = new Map<string, Membership>()

  constructor(parsed: ParsedRegex) {
    // What a reference means depends on the way by which the matcher came.
    this.#stateful = parsed.hasReferences ? 1 : 0
  }

  add(node: RegexNode): void {
    switch (node.kind) {
      case 'text':
        if (isLineBreak(node)) this.#addLineBreak(node.source.includes('(?!'))
        else this.steps.push({ op: 'read', has: this.#membership(node.source) })
        break
      case 'set':
        this.steps.push({ op: 'read', has: this.#membership(node.source) })
        break
      case 'assertion':
        if (node.source !== '') this.steps.push({ op: 'check', holds: new RegExp(node.source, 'vy') })
        break
      case 'lastMatch':
        this.steps.push({ op: 'lastMatch' })
        break
      case 'sequence':
        for (const item of node.items) this.add(item)
        break
      case 'alternatives':
        this.#addAlternatives(node.options.map((option) => () => this.add(option)))
        break
      case 'group':
        this.#addGroup(node)
        break
      case 'atomic':
        this.#isolated(() => this.add(node.body))
        break
      case 'look':
        this.#addLook(node)
        break
      case 'reference':
        this.steps.push({ op: 'refer', group: node.number, letters: node.letters })
        break
      case 'repeat':
        if (node.mode === '+') this.#isolated(() => this.#addRepeat(node))
        else this.#addRepeat(node)
    }
  }

  #addGroup({ number, body }: RegexNode & { kind: 'group' }): void {
    if (number === undefined) this.add(body)
    else this.#addCapture(number, () => this.add(body))
  }

  #addCapture(group: number, body: () => void): void {
    const register = this.registers++
    this.steps.push({ op: 'open', register })
    body()
    this.steps.push({ op: 'close', group, register })
  }

  #addLook({ opening, body }: RegexNode & { kind: 'look' }): void {
    const isBehind = opening.startsWith('?<')
    const at = this.steps.push({ op: 'seen' }) - 1
    // What is found depends on where the look began.
    this.#stateful++
    this.add(body)
    this.#stateful--
    if (isBehind) this.steps.push({ op: 'arrived' })
    this.steps.push({ op: 'seen' })
    const end = { negative: opening.endsWith('!'), next: this.steps.length }
    this.steps[at] = isBehind
      ? { op: 'lookBehind', least: shortest(body), most: longest(body), ...end }
      : { op: 'look', ...end }
  }

  #isolated(body: () => void): void {
    this.steps.push({ op: 'isolate' })
    body()
    this.steps.push({ op: 'commit' })
  }

  #addAlternatives(options: readonly (() => void)[]): void {
    const ends: number[] = []
    for (const [index, option] of options.entries()) {
      const isLast = index === options.length - 1
      const split = isLast ? -1 : this.steps.push({ op: 'commit' }) - 1
      option()
      if (isLast) break
      ends.push(this.steps.push({ op: 'commit' }) - 1)
      this.steps[split] = { op: 'split', other: this.steps.length, slot: this.#slot() }
    }
    for (const end of ends) this.steps[end] = { op: 'jump', next: this.steps.length }
  }

  #addLineBreak(whole: boolean): void {
    const both = (): void => {
      for (const source of ['\\r', '\\n']) this.steps.push({ op: 'read', has: this.#membership(source) })
    }
    const one = (): void => {
      this.steps.push({ op: 'read', has: this.#membership('[\\n-\\r\\u0085\\u2028\\u2029]') })
    }
    const add = (): void => this.#addAlternatives([both, one])
    if (whole) this.#isolated(add)
    else add()
  }

  #addRepeat(node: RegexNode & { kind: 'repeat' }): void {
    const { body, min, max } = node
    const lazy = node.mode === '?'
    if (isCharacter(body)) {
      this.steps.push({ op: 'run', has: this.#membership(body.source), min, max, lazy, slot: this.#slot() })
    } else if (min === 0 && max === 1) {
      const nothing = (): void => {}
      this.#addAlternatives(lazy ? [nothing, () => this.add(body)] : [() => this.add(body), nothing])
    } else this.#addLoop(node)
  }

  #addLoop({ body, min, max, mode }: RegexNode & { kind: 'repeat' }): void {
    const counter = this.registers
    this.registers += 2
    this.steps.push({ op: 'enter', counter })
    const head = this.steps.push({ op: 'commit' }) - 1
    const counts = min > 1 || max !== Number.POSITIVE_INFINITY || isNullable(body)
    if (counts) this.#stateful++
    const slot = this.#slot()
    const single = isDeterministic(body)
    if (single) this.#addSingle(body)
    else this.add(body)
    if (counts) this.#stateful--
    this.steps.push({ op: 'jump', next: head })
    this.steps[head] = {
      op: 'round',
      counter,
      min,
      max,
      lazy: mode === '?',
      dropsEmpty: single && mode !== '+',
      next: this.steps.length,
      slot,
    }
  }

  /** A round that is not entered again; its own group, not those inside, follows when rounds are given back. */
  #addSingle(body: RegexNode): void {
    const inside = body.kind === 'group' ? body.body : body
    const add = (): void => this.#isolated(() => this.add(inside))
    if (body.kind === 'group' && body.number !== undefined) this.#addCapture(body.number, add)
    else add()
  }

  #slot(): number {
    return this.#stateful > 0 ? -1 : this.slots++
  }

  #membership(source: string): Membership {
    const known = this.#members.get(source)
    if (known !== undefined) return known
    const made = membership(source)
    this.#members.set(source, made)
    return made
  }
}

/** Whether Java matches a body in one way only, so that it never goes back into it. */
function isDeterministic(node: RegexNode): boolean {
  switch (node.kind) {
    case 'sequence':
      return node.items.every(isDeterministic)
    case 'alternatives':
      return false
    case 'group':
    case 'atomic':
      return isDeterministic(node.body)
    case 'repeat':
      return node.min === node.max && isDeterministic(node.body)
    default:
      return true
  }
}

const unknown = 0
const member = 1
const stranger = 2

/** Asks V8 once for each character that comes. */
function membership(source: string): Membership {
  const whole = new RegExp(`^(?:${source})$`, 'v')
  const pages: Uint8Array[] = []
  return (code) => {
    pages[code >> 8] ??= new Uint8Array(256)
    const page = pages[code >> 8]!
    const at = code & 0xff
    if (page[at] === unknown) page[at] = whole.test(String.fromCodePoint(code)) ? member : stranger
    return page[at] === member
  }
}
