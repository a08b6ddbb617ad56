import { children, isLineBreak, longest, type RegexNode } from './regex-syntax.ts'

/**
 * The positions of a pattern (Glushkov's automaton): every character or class that the pattern reads is one, and
 * follows the positions from which the matcher can come to it without reading anything else. Look-ahead is a branch
 * that leads nowhere, an atomic group an ordinary one: both can only make the real matcher do less.
 */
export interface Automaton {
  /** The characters that a position reads, as a set of bits: one for each sort of character that the pattern tells apart. */
  readonly reads: readonly bigint[]
  /** From each position to the next ones, with the number of ways. */
  readonly follows: readonly Ways[]
  /** 1 for a position in a repetition that is written out: the matcher comes by for each number of rounds. 0 for others. */
  readonly weights: readonly number[]
  readonly first: Ways
  /** Where the matcher has won: whatever it tries next, it can always end the match here. */
  readonly sure: ReadonlySet<number>
  /** The empty text is a match, anywhere. */
  readonly matchesNothing: boolean
  /** All bits. */
  readonly every: bigint
  /** The bits of a class of the pattern. */
  readonly sortsOf: (source: string) => bigint
}

export type Ways = ReadonlyMap<number, number>

/** Undefined for a pattern that is too large, or whose work cannot be told from its positions. */
export function automatonOf(root: RegexNode): Automaton | undefined {
  const builder = new Builder(root)
  const whole = builder.part(root)
  if (whole === undefined || builder.isTooLarge()) return undefined
  const sorts = characterSorts(builder.sources)
  if (sorts === undefined) return undefined
  const { masks, every } = sorts
  return {
    reads: builder.positions.map((source) => masks.get(source)!),
    follows: builder.follows,
    weights: builder.weights,
    first: whole.first,
    sure: whole.sureLast,
    matchesNothing: whole.sureEmpty,
    every,
    sortsOf: (source) => masks.get(source) ?? 0n,
  }
}

const mostPositions = 3000
const mostFollows = 20_000
/** How often it may be asked whether a class has a character. */
const mostQuestions = 400_000
/** A repetition is written out up to so many positions, beyond it counts as unbounded. */
const mostCopies = 64
const longestReference = 8
const longestLookBehind = 32
const mostLookBehindChoices = 6
const anything = '[\\u{0}-\\u{10ffff}]'

/** Ways to enter a part of the pattern, to leave it, and to pass it by; `sure`: without any condition. */
interface Part {
  readonly first: Ways
  readonly last: Ways
  readonly empty: number
  readonly sureLast: ReadonlySet<number>
  readonly sureEmpty: boolean
}

const nothing: Part = { first: new Map(), last: new Map(), empty: 1, sureLast: new Set(), sureEmpty: true }
const condition: Part = { ...nothing, sureEmpty: false }

class Builder {
  readonly positions: string[] = []
  readonly follows: Map<number, number>[] = []
  readonly weights: number[] = []
  readonly sources = new Set<string>([anything])
  readonly #groups = new Map<number, RegexNode>()
  #connected = 0

  constructor(root: RegexNode) {
    this.#collectGroups(root)
  }

  /** Undefined: see {@link automatonOf}. */
  part(node: RegexNode): Part | undefined {
    if (this.isTooLarge()) return undefined
    switch (node.kind) {
      case 'set':
        return this.#position(node.source)
      case 'text':
        return isLineBreak(node) ? this.#lineBreak() : this.#position(node.source)
      case 'assertion':
      case 'lastMatch':
        return condition
      case 'sequence':
        return this.#row(node.items)
      case 'alternatives':
        return node.options
          .map((option) => this.part(option))
          .reduce((one, other) => one && other && either(one, other))
      case 'group':
      case 'atomic':
        return this.part(node.body)
      case 'look':
        return this.#look(node)
      case 'reference':
        return this.#reference(node.number)
      case 'repeat':
        return this.#repeat(node)
    }
  }

  isTooLarge(): boolean {
    return this.positions.length > mostPositions || this.#connected > mostFollows
  }

  #position(source: string): Part {
    const index = this.positions.push(source) - 1
    this.follows.push(new Map())
    this.weights.push(0)
    this.sources.add(source)
    const only = new Map([[index, 1]])
    return { first: only, last: only, empty: 0, sureLast: new Set([index]), sureEmpty: false }
  }

  #lineBreak(): Part {
    const pair = this.#joined(this.#position('\\r'), this.#position('\\n'))
    return either(pair, this.#position('[\\n-\\r\\u0085\\u2028\\u2029]'))
  }

  #row(items: readonly RegexNode[]): Part | undefined {
    let row: Part | undefined = nothing
    for (const item of items) {
      const part = this.part(item)
      row = row && part && this.#joined(row, part)
    }
    return row
  }

  #joined(one: Part, other: Part): Part {
    this.#connect(one.last, other.first)
    return {
      first: sum(one.first, times(other.first, one.empty)),
      last: sum(other.last, times(one.last, other.empty)),
      empty: one.empty * other.empty,
      sureLast: other.sureEmpty ? new Set([...other.sureLast, ...one.sureLast]) : other.sureLast,
      sureEmpty: one.sureEmpty && other.sureEmpty,
    }
  }

  #connect(last: Ways, first: Ways): void {
    for (const [from, waysOut] of last) {
      const follows = this.follows[from]!
      this.#connected += first.size
      if (this.isTooLarge()) return
      for (const [to, waysIn] of first) follows.set(to, (follows.get(to) ?? 0) + waysOut * waysIn)
    }
  }

  #repeat({ body, min, max }: RegexNode & { kind: 'repeat' }): Part | undefined {
    const before = this.positions.length
    const once = this.part(body)
    if (once === undefined || max === 0) return once && nothing
    if (max === 1) return min === 0 ? either(once, nothing) : once
    const size = this.positions.length - before
    const copies = max === Number.POSITIVE_INFINITY ? Math.max(min, 1) : max
    if (size * copies > mostCopies) return this.#looped(once, min)
    const more: (Part | undefined)[] = [once]
    while (more.length < copies) more.push(this.part(body))
    if (copies > 1) this.weights.fill(1, before)
    if (max === Number.POSITIVE_INFINITY) more.push(this.#looped(more.pop()!, Math.min(min, 1)))
    return more.reduceRight((rest: Part | undefined, copy, index) => {
      const row = rest && copy && this.#joined(copy, rest)
      return row && index >= min && max !== Number.POSITIVE_INFINITY ? either(row, nothing) : row
    }, nothing)
  }

  /** Which round it is cannot be seen, so that nothing is sure before the last one that must be. */
  #looped(body: Part, min: number): Part {
    this.#connect(body.last, body.first)
    if (min === 0) return either(body, nothing)
    return min === 1 || body.sureEmpty ? body : { ...body, sureLast: new Set() }
  }

  /** What is behind costs little when it is short and simple; it is matched apart. */
  #look({ opening, body }: RegexNode & { kind: 'look' }): Part | undefined {
    if (opening.startsWith('?<')) {
      const isCheap = longest(body) <= longestLookBehind && choices(body) <= mostLookBehindChoices && !looksFar(body)
      return isCheap ? condition : undefined
    }
    const part = this.part(body)
    return part && { ...part, last: new Map(), empty: 1, sureLast: new Set(), sureEmpty: false }
  }

  #reference(number: number): Part | undefined {
    const group = this.#groups.get(number)
    const length = group ? longest(group) : 0
    if (length > longestReference) return undefined
    let part = condition
    for (let left = length; left > 0; left--) {
      part = { ...either(this.#joined(this.#position(anything), part), nothing), sureLast: new Set(), sureEmpty: false }
    }
    return part
  }

  #collectGroups(node: RegexNode): void {
    if (node.kind === 'group' && node.number !== undefined) this.#groups.set(node.number, node.body)
    for (const child of children(node)) this.#collectGroups(child)
  }
}

function either(one: Part, other: Part): Part {
  return {
    first: sum(one.first, other.first),
    last: sum(one.last, other.last),
    empty: one.empty + other.empty,
    sureLast: new Set([...one.sureLast, ...other.sureLast]),
    sureEmpty: one.sureEmpty || other.sureEmpty,
  }
}

function sum(one: Ways, other: Ways): Ways {
  if (other.size === 0) return one
  const both = new Map(one)
  for (const [position, ways] of other) both.set(position, (both.get(position) ?? 0) + ways)
  return both
}

function times(ways: Ways, factor: number): Ways {
  if (factor === 1) return ways
  return factor === 0 ? new Map() : new Map([...ways].map(([position, each]) => [position, each * factor]))
}

function looksFar(node: RegexNode): boolean {
  return (node.kind === 'look' && longest(node.body) > longestReference) || children(node).some(looksFar)
}

function choices(node: RegexNode): number {
  const own = node.kind === 'alternatives' ? node.options.length : node.kind === 'repeat' && node.min < node.max ? 1 : 0
  const copies = node.kind === 'repeat' ? Math.max(node.max, 1) : 1
  return own + copies * children(node).reduce((count, child) => count + choices(child), 0)
}

/** Some characters of every kind that texts are made of, besides those that a pattern names. */
const commonSamples = [
  ...Array.from({ length: 0x250 }, (_, code) => code),
  0x300,
  0x3b1,
  0x416,
  0x5d0,
  0x627,
  0x915,
  0xe01,
  0x1100,
  0x1680,
  0x1d2c,
  0x2003,
  0x200d,
  0x2028,
  0x2029,
  0x20ac,
  0x2160,
  0x3042,
  0x30a2,
  0x65e5,
  0xac00,
  0xd800,
  0xdc00,
  0xe000,
  0xff21,
  0x1d400,
  0x1f600,
  0x20000,
  0xe0001,
  0xf0000,
]

/**
 * Characters that no class of the pattern tells apart are one sort. Samples stand for all: the ends of every range
 * are among them, so that two ranges that overlap share one.
 */
function characterSorts(
  sources: ReadonlySet<string>,
): { readonly masks: Map<string, bigint>; readonly every: bigint } | undefined {
  const samples = [...new Set([...commonSamples, ...[...sources].flatMap(namedCodePoints)])]
  if (samples.length * sources.size > mostQuestions) return undefined
  const texts = samples.map((code) => String.fromCodePoint(code))
  const members = [...sources].map((source) => {
    const whole = new RegExp(`^(?:${source})$`, 'v')
    return texts.map((text) => whole.test(text))
  })
  const sorts = new Map<string, number>()
  const sortOf = samples.map((_, sample) => {
    const signature = members.map((member) => (member[sample] ? '1' : '0')).join('')
    if (!sorts.has(signature)) sorts.set(signature, sorts.size)
    return sorts.get(signature)!
  })
  const unknown = 1n << BigInt(sorts.size)
  const every = (unknown << 1n) - 1n
  const masks = new Map<string, bigint>()
  for (const [index, source] of [...sources].entries()) {
    let mask = 0n
    for (const [sample, isMember] of members[index]!.entries()) if (isMember) mask |= 1n << BigInt(sortOf[sample]!)
    masks.set(source, source === anything ? every : mask === 0n ? unknown : mask)
  }
  return { masks, every }
}

/** Code points that stand in a class, and their neighbours. */
function namedCodePoints(source: string): readonly number[] {
  const found: number[] = []
  for (const match of source.matchAll(/\\u\{([0-9a-f]+)\}|\\u([0-9a-f]{4})|[^\\]/gsu)) {
    const code = Number.parseInt(match[1] ?? match[2] ?? '', 16)
    const named = Number.isNaN(code) ? match[0].codePointAt(0)! : code
    if (named > 0x24f) found.push(Math.max(named - 1, 0), named, Math.min(named + 1, 0x10ffff))
  }
  return found
}
