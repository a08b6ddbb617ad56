import { type Choice, type DiskImage, Replay, type SizeRule, sizesOf, treeOf, uncertain } from './disk-image.ts'
import type { Change, Operation, WriteOperation } from './operations.ts'
import { Random } from './random.ts'

export interface CrashOptions {
  readonly seed?: number
  /** All subsets are tried of up to so many uncertain changes, with all tears of each; random samples of more. Default 6. */
  readonly exhaustive?: number
  /** How many samples at a cut. Default 256. */
  readonly samples?: number
  /** How many tears at random bytes of each write, beside those at sectors and pages. Default 1. */
  readonly tears?: number
  /** Only cuts after this many operations and more. Default 0. */
  readonly from?: number
  /** Only cuts after this many operations and fewer. Default all. */
  readonly to?: number
}

/** A disk after a crash: its image, and the name from which {@link stateAt} makes it again. */
export interface FoundState {
  readonly id: string
  readonly image: DiskImage
  readonly marks: readonly string[]
}

interface Cut {
  readonly operations: number
  readonly image: DiskImage
  readonly changes: readonly Change[]
  /** The last change is of the operation before the cut: states without it were those of the cut before. */
  readonly lastIsNew: boolean
}

/**
 * What may be on the disk after the power failed: at each point of the journal, each subset of the changes that were
 * not durable then, with torn writes and lost sizes. A state that differs in nothing from an earlier one, its marks
 * included, is left out.
 */
export function* powerCuts(
  base: DiskImage,
  journal: readonly Operation[],
  options: CrashOptions,
): Generator<FoundState> {
  const tears = new Tears(options)
  for (const cut of cutsOf(base, journal, options)) {
    const { length } = cut.changes
    const isSmall = length <= (options.exhaustive ?? 6)
    const choices = isSmall ? allChoices(cut, tears) : sampledChoices(cut, tears, options.samples ?? 256)
    for (const choice of choices) yield stateOf(cut, choice)
  }
}

/** What a kill -9 leaves: everything written up to any point, also up to the middle of a write. Nothing gets durable. */
export function* kills(base: DiskImage, journal: readonly Operation[], options: CrashOptions): Generator<FoundState> {
  const tears = new Tears(options)
  const replay = new Replay(base)
  for (let cut = 0; ; cut++) {
    const next = journal[cut]
    if (cut > (options.to ?? journal.length)) return
    if (cut >= (options.from ?? 0)) {
      yield { id: `k${cut}`, image: replay.frozenImage, marks: replay.image.marks }
      if (next?.kind === 'write') {
        const counts = new Set(tears.of(next).map(({ from }) => from))
        counts.delete(0)
        for (const count of counts) yield killedWithin(replay.frozenImage, next, cut, count)
      }
    }
    if (!next) return
    replay.advance(next)
  }
}

/** The state with an id that one of the two above gave, from the same journal. */
export function stateAt(base: DiskImage, journal: readonly Operation[], id: string): FoundState {
  const kill = /^k(\d+)(?:\+(\d+))?$/.exec(id)
  if (kill) {
    const cut = Number(kill[1])
    const replay = replayTo(base, journal, cut)
    const next = journal[cut]
    if (kill[2] === undefined) return { id, image: replay.frozenImage, marks: replay.image.marks }
    if (next?.kind !== 'write') throw new RangeError(`there is no write at ${cut}: ${id}`)
    return killedWithin(replay.frozenImage, next, cut, Number(kill[2]))
  }
  const power = /^c(\d+)-([0-9a-f]*)(?:-t(\d+)x(\d+),(\d+))?-([nsl])$/.exec(id)
  if (!power) throw new RangeError(`no id of a state: ${id}`)
  const operations = Number(power[1])
  const { image } = replayTo(base, journal, operations)
  const changes = uncertain(image)
  const tear = power[3] ? { entry: Number(power[3]), from: Number(power[4]), to: Number(power[5]) } : undefined
  const size = sizeRules.find((rule) => rule[0] === power[6]) ?? 'natural'
  const kept = fromHex(power[2] ?? '', changes.length)
  return stateOf({ operations, image, changes, lastIsNew: false }, { kept, tear, size })
}

const sizeRules: readonly SizeRule[] = ['natural', 'short', 'long']

function* cutsOf(base: DiskImage, journal: readonly Operation[], options: CrashOptions): Generator<Cut> {
  const replay = new Replay(base)
  const first = options.from ?? 0
  for (const [index, operation] of [undefined, ...journal].entries()) {
    if (index > (options.to ?? journal.length)) return
    if (operation) replay.advance(operation)
    if (index < first) continue
    const kind = operation?.kind
    // A sync takes states away and gives none.
    if (index > first && (kind === 'sync' || kind === 'syncDirectory')) continue
    const { image } = replay
    const lastIsNew = index > first && operation !== undefined && kind !== 'mark'
    yield { operations: index, image, changes: uncertain(image), lastIsNew }
  }
}

function replayTo(base: DiskImage, journal: readonly Operation[], cut: number): Replay {
  if (cut > journal.length) throw new RangeError(`the journal has ${journal.length} operations, not ${cut}`)
  const replay = new Replay(base)
  for (const operation of journal.slice(0, cut)) replay.advance(operation)
  return replay
}

function stateOf(cut: Cut, choice: Choice): FoundState {
  const { marks } = cut.image
  const torn = choice.tear ? `-t${choice.tear.entry}x${choice.tear.from},${choice.tear.to}` : ''
  const id = `c${cut.operations}-${toHex(choice.kept)}${torn}-${choice.size[0]}`
  return { id, image: { ...treeOf(cut.image, choice), entries: [], marks }, marks }
}

function killedWithin(image: DiskImage, write: Change, cut: number, count: number): FoundState {
  if (write.kind !== 'write') throw new RangeError('only a write can be cut in its middle')
  const change = { ...write, bytes: write.bytes.subarray(0, count) }
  const entries = [...image.entries, { change, status: 'unsynced' } as const]
  return { id: `k${cut}+${count}`, image: { ...image, entries }, marks: image.marks }
}

function* allChoices(cut: Cut, tears: Tears): Generator<Choice> {
  const { changes, image } = cut
  const last = changes.length - 1
  for (let mask = 0; mask < 2 ** changes.length; mask++) {
    const kept = changes.map((_, index) => (mask & (1 << index)) !== 0)
    if (changes.some((change, index) => !kept[index] && isGrowth(image, change)))
      yield { kept, tear: undefined, size: 'long' }
    if (cut.lastIsNew && !kept[last]) continue
    yield { kept, tear: undefined, size: 'natural' }
    if (changes.some((change, index) => kept[index] && isGrowthOfOldBytes(image, change)))
      yield { kept, tear: undefined, size: 'short' }
    yield* tornChoices(cut, kept, tears)
  }
}

function* tornChoices({ changes, image }: Cut, kept: readonly boolean[], tears: Tears): Generator<Choice> {
  for (const [entry, change] of changes.entries()) {
    if (!kept[entry] || change.kind !== 'write') continue
    const grows = isGrowth(image, change)
    for (const lost of tears.of(change)) {
      const tear = { entry, ...lost }
      yield { kept, tear, size: 'natural' }
      // The size came first and the bytes did not: zeros.
      if (grows && lost.to === change.bytes.length) yield { kept, tear, size: 'long' }
    }
  }
}

/** Nothing, everything, everything but what is in doubt; then one lost or one kept in turn with random subsets. */
function* sampledChoices(cut: Cut, tears: Tears, samples: number): Generator<Choice> {
  const { random } = tears
  const { changes, image } = cut
  const uncertainEntries = image.entries.filter(({ status }) => status !== 'durable')
  const isForced = (index: number): boolean => cut.lastIsNew && index === changes.length - 1
  const fixed: ((index: number) => boolean)[] = [
    () => false,
    () => true,
    (index) => uncertainEntries[index]?.status !== 'doubtful',
  ]
  for (let sample = 0; sample < samples; sample++) {
    const single = random.below(changes.length)
    const share = random.pick([0.1, 0.5, 0.9])
    const some = (): boolean => random.chance(share)
    const only = (index: number): boolean => index === single
    const keeps = fixed[sample] ?? random.pick([some, some, only, (index: number) => !only(index)])
    const kept = changes.map((_, index) => keeps(index) || isForced(index))
    const size = sample < fixed.length ? 'natural' : random.pick(sizeRules)
    const tear = sample < fixed.length || random.chance(0.5) ? undefined : randomTear(changes, kept, tears)
    yield { kept, tear, size }
  }
}

function randomTear(changes: readonly Change[], kept: readonly boolean[], tears: Tears): Choice['tear'] {
  const writes = [...changes.entries()].filter(([entry, change]) => kept[entry] && change.kind === 'write')
  if (writes.length === 0) return undefined
  const [entry, change] = tears.random.pick(writes)
  const lost = tears.of(change)
  return lost.length === 0 ? undefined : { entry, ...tears.random.pick(lost) }
}

function isGrowth(image: DiskImage, change: Change): boolean {
  if (change.kind !== 'write') return false
  const sizes = image.entries.flatMap(({ change: other }) =>
    other.kind === 'truncate' && other.inode === change.inode ? [other.size] : [],
  )
  return endOf(change) > Math.min(sizesOf(image, change.inode).least, ...sizes)
}

/** Only then is a write of which the size is lost another than one that is lost whole. */
function isGrowthOfOldBytes(image: DiskImage, change: Change): boolean {
  return change.kind === 'write' && change.position < sizesOf(image, change.inode).least && isGrowth(image, change)
}

function endOf(write: WriteOperation): number {
  return write.position + write.bytes.length
}

/** Bytes of a write from `from` up to `to`. */
interface Lost {
  readonly from: number
  readonly to: number
}

class Tears {
  readonly random: Random
  readonly #randomTears: number

  constructor({ seed, tears }: CrashOptions) {
    this.random = new Random(seed ?? 1)
    this.#randomTears = tears ?? 1
  }

  /** What may be lost of a write: its end or its begin from a byte, a sector or a page on, or a sector or page within. */
  of(change: Change): readonly Lost[] {
    if (change.kind !== 'write' || change.bytes.length < 2) return []
    const { length } = change.bytes
    const found = new Map<string, Lost>()
    const lose = (from: number, to: number): unknown => found.set(`${from},${to}`, { from, to })
    lose(1, length)
    lose(length - 1, length)
    for (let count = 0; count < this.#randomTears; count++) lose(this.random.between(1, length - 1), length)
    for (const unit of [512, 4096]) {
      const first = unit - (change.position % unit)
      const borders = Math.ceil((length - first) / unit)
      if (borders <= 0) continue
      const border = first + this.random.below(borders) * unit
      lose(border, length)
      lose(0, border)
      if (border + unit < length) lose(border, border + unit)
    }
    return [...found.values()]
  }
}

function toHex(bits: readonly boolean[]): string {
  let text = ''
  for (let index = 0; index < bits.length; index += 4) {
    let digit = 0
    for (let bit = 0; bit < 4; bit++) if (bits[index + bit]) digit |= 1 << bit
    text += digit.toString(16)
  }
  return text
}

function fromHex(text: string, length: number): boolean[] {
  if (text.length !== Math.ceil(length / 4)) throw new RangeError(`the state is of another journal: ${length} changes`)
  return Array.from({ length }, (_, index) => {
    const digit = Number.parseInt(text[Math.floor(index / 4)] ?? '0', 16)
    return (digit & (1 << (index % 4))) !== 0
  })
}
