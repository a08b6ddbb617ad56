import type { Files } from '../../storage/files.ts'
import { type FileSet, putFiles, takeFiles } from './file-set.ts'
import { Random } from './random.ts'

export type DamageKind = 'flip' | 'truncate' | 'zero' | 'swap' | 'duplicate' | 'missing' | 'stale' | 'foreign'

export interface DamageOptions {
  readonly seed: number
  /** Default: all for which there are files, about in the shares of a nightly run. */
  readonly kinds?: readonly DamageKind[]
  /** Files that may be hit. Default all. */
  readonly only?: (name: string) => boolean
  /** Files that are replaced by a stale or foreign one. Default: none, and neither kind is drawn. */
  readonly isCheckpoint?: (name: string) => boolean
  /** What the same directory held earlier. */
  readonly earlier?: readonly FileSet[]
  /** What the directories of other channels hold. */
  readonly foreign?: readonly FileSet[]
}

/** Bytes of a file, as it was, that are not there any more or are others. */
export interface DamagedRange {
  readonly name: string
  readonly from: number
  readonly to: number
}

export interface Damage {
  readonly kind: DamageKind
  /** With the seed, for the message of a test that fails. */
  readonly description: string
  /** Empty for a duplicate and wherever the bytes are the same by chance. */
  readonly ranges: readonly DamagedRange[]
}

/** How often each kind is drawn. */
const shares: Readonly<Record<DamageKind, number>> = {
  flip: 40,
  truncate: 20,
  zero: 20,
  swap: 4,
  duplicate: 3,
  missing: 3,
  stale: 5,
  foreign: 5,
}

const sectorSize = 512

/**
 * Damages the files of a directory, simulated or real, in one way that the seed draws, and says what it did. The same
 * seed does the same to the same files. Undefined where no kind that may be drawn can be done.
 */
export function damageDirectory(files: Files, directory: string, options: DamageOptions): Damage | undefined {
  const before = takeFiles(files, directory)
  const random = new Random(options.seed)
  const names = [...before.keys()].filter((name) => options.only?.(name) ?? true)
  const kinds = new Set(options.kinds ?? (Object.keys(shares) as DamageKind[]))
  while (kinds.size > 0) {
    const kind = draw([...kinds], random)
    const done = attempts[kind]({ before, names, random, options })
    if (done) {
      putFiles(files, directory, done.after)
      const ranges = [...before].flatMap(([name, bytes]) => differences(name, bytes, done.after.get(name)))
      return { kind, description: `seed ${options.seed}: ${done.description}`, ranges }
    }
    kinds.delete(kind)
  }
  return undefined
}

interface Scene {
  readonly before: FileSet
  /** Those that may be hit. */
  readonly names: readonly string[]
  readonly random: Random
  readonly options: DamageOptions
}

interface Done {
  readonly after: FileSet
  readonly description: string
}

const attempts: Readonly<Record<DamageKind, (scene: Scene) => Done | undefined>> = {
  flip: (scene) =>
    onOne(scene, (name, bytes, random) => {
      const count = random.pick([1, 1, 1, 2, 8])
      const flipped = new Set<number>()
      while (flipped.size < Math.min(count, bytes.length)) flipped.add(random.below(bytes.length))
      for (const offset of flipped) bytes[offset] = (bytes[offset] ?? 0) ^ (1 << random.below(8))
      return { bytes, description: `flipped a bit each at ${[...flipped]} of ${name}` }
    }),

  truncate: (scene) =>
    onOne(scene, (name, bytes, random) => {
      const size = random.below(bytes.length)
      return { bytes: bytes.subarray(0, size), description: `cut ${name} from ${bytes.length} to ${size}` }
    }),

  zero: (scene) =>
    onOne(scene, (name, bytes, random) => {
      const first = random.below(Math.ceil(bytes.length / sectorSize)) * sectorSize
      const end = Math.min(bytes.length, first + random.pick([1, 1, 1, 2, 8]) * sectorSize)
      return { bytes: bytes.fill(0, first, end), description: `zeroed ${first} to ${end} of ${name}` }
    }),

  swap: ({ before, names, random }) => {
    const first = pickOrNone(names, random)
    const second = pickOrNone(
      names.filter((name) => name !== first),
      random,
    )
    if (first === undefined || second === undefined) return undefined
    const after = new Map(before)
    after.set(first, bytesOf(before, second))
    after.set(second, bytesOf(before, first))
    return { after, description: `swapped ${first} and ${second}` }
  },

  duplicate: ({ before, names, random }) => {
    const original = pickOrNone(names, random)
    if (original === undefined) return undefined
    const copy = copyName(original, before, random)
    return { after: new Map(before).set(copy, bytesOf(before, original)), description: `copied ${original} to ${copy}` }
  },

  missing: ({ before, names, random }) => {
    const name = pickOrNone(names, random)
    if (name === undefined) return undefined
    const after = new Map(before)
    after.delete(name)
    return { after, description: `removed ${name}` }
  },

  stale: (scene) => replaceCheckpoint(scene, scene.options.earlier ?? [], 'an earlier'),

  foreign: (scene) => replaceCheckpoint(scene, scene.options.foreign ?? [], 'a foreign'),
}

function onOne(
  { before, names, random }: Scene,
  change: (name: string, bytes: Uint8Array, random: Random) => { bytes: Uint8Array; description: string },
): Done | undefined {
  const name = pickOrNone(
    names.filter((each) => bytesOf(before, each).length > 0),
    random,
  )
  if (name === undefined) return undefined
  const { bytes, description } = change(name, bytesOf(before, name).slice(), random)
  return { after: new Map(before).set(name, bytes), description }
}

function replaceCheckpoint(
  { before, names, random, options }: Scene,
  sets: readonly FileSet[],
  which: string,
): Done | undefined {
  const isCheckpoint = options.isCheckpoint ?? (() => false)
  const donors = sets.flatMap((set) => [...set].filter(([name]) => isCheckpoint(name)))
  const targets = names.filter(isCheckpoint)
  if (donors.length === 0 || targets.length === 0) return undefined
  const [donor, bytes] = random.pick(donors)
  const after = new Map(before)
  // Where there are two slots, both may be stale at once.
  const hit = random.chance(0.5) ? targets : [random.pick(targets)]
  for (const name of hit) after.set(name, bytes)
  return { after, description: `put ${which} ${donor} in the place of ${hit.join(' and ')}` }
}

function draw(kinds: readonly DamageKind[], random: Random): DamageKind {
  let left = random.next() * kinds.reduce((sum, kind) => sum + shares[kind], 0)
  for (const kind of kinds) {
    left -= shares[kind]
    if (left < 0) return kind
  }
  return random.pick(kinds)
}

/** Another number where the name has one, as if it were the next file; else the name with a suffix. */
function copyName(name: string, before: FileSet, random: Random): string {
  const number = /\d+(?!.*\d)/.exec(name)
  for (let step = 1; number && step < 1000; step++) {
    const next = String(Number(number[0]) + step * random.pick([-1, 1])).padStart(number[0].length, '0')
    const copy = name.slice(0, number.index) + next + name.slice(number.index + number[0].length)
    if (!next.includes('-') && !before.has(copy)) return copy
  }
  return `${name}.copy`
}

function differences(name: string, before: Uint8Array, after: Uint8Array = new Uint8Array()): DamagedRange[] {
  if (after === before) return []
  const ranges: { name: string; from: number; to: number }[] = []
  for (let offset = 0; offset < before.length; offset++) {
    if (offset < after.length && before[offset] === after[offset]) continue
    const last = ranges.at(-1)
    if (last?.to === offset) last.to++
    else ranges.push({ name, from: offset, to: offset + 1 })
  }
  return ranges
}

function pickOrNone<Item>(items: readonly Item[], random: Random): Item | undefined {
  return items.length === 0 ? undefined : random.pick(items)
}

function bytesOf(set: FileSet, name: string): Uint8Array {
  return set.get(name) ?? new Uint8Array()
}
