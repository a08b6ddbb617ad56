/**
 * A set of Unicode code points (surrogates included, as Java counts them), immutable.
 * `bounds` holds the first and last code point of each range, ascending; ranges neither touch nor overlap.
 */
export class CodePointSet {
  readonly bounds: readonly number[]
  #low: Uint8Array | undefined

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
  }

  static of(...ranges: readonly (number | readonly [number, number])[]): CodePointSet {
    return normalized(ranges.map((range) => (typeof range === 'number' ? ([range, range] as const) : range)))
  }

  static fromRanges(ranges: readonly (readonly [number, number])[]): CodePointSet {
    return normalized(ranges)
  }

  get isEmpty(): boolean {
    return this.bounds.length === 0
  }

  /** The one member of a set of size one. */
  get single(): number | undefined {
    return this.bounds.length === 2 && this.bounds[0] === this.bounds[1] ? this.bounds[0] : undefined
  }

  /** True when no member is a surrogate or lies above U+FFFF: one UTF-16 unit is enough to decide. */
  get isPlain(): boolean {
    return this.intersect(notPlain).isEmpty
  }

  has(codePoint: number): boolean {
    if (codePoint < 256) {
      this.#low ??= lowTable(this.bounds)
      return this.#low[codePoint] === 1
    }
    return rangeIndex(this.bounds, codePoint) >= 0
  }

  union(other: CodePointSet): CodePointSet {
    return normalized([...this.ranges(), ...other.ranges()])
  }

  intersect(other: CodePointSet): CodePointSet {
    const ranges: [number, number][] = []
    const [a, b] = [this.bounds, other.bounds]
    for (let i = 0, j = 0; i < a.length && j < b.length; ) {
      const first = Math.max(a[i]!, b[j]!)
      const last = Math.min(a[i + 1]!, b[j + 1]!)
      if (first <= last) ranges.push([first, last])
      if (a[i + 1]! < b[j + 1]!) i += 2
      else j += 2
    }
    return new CodePointSet(ranges.flat())
  }

  complement(): CodePointSet {
    const bounds: number[] = []
    let next = 0
    for (const [first, last] of this.ranges()) {
      if (first > next) bounds.push(next, first - 1)
      next = last + 1
    }
    if (next <= maximum) bounds.push(next, maximum)
    return new CodePointSet(bounds)
  }

  minus(other: CodePointSet): CodePointSet {
    return this.intersect(other.complement())
  }

  /** True when every member of this set is in the other. */
  within(other: CodePointSet): boolean {
    return this.minus(other).isEmpty
  }

  overlaps(other: CodePointSet): boolean {
    const [a, b] = [this.bounds, other.bounds]
    for (let i = 0, j = 0; i < a.length && j < b.length; ) {
      if (a[i]! <= b[j + 1]! && b[j]! <= a[i + 1]!) return true
      if (a[i + 1]! < b[j + 1]!) i += 2
      else j += 2
    }
    return false
  }

  equals(other: CodePointSet): boolean {
    return this.bounds.length === other.bounds.length && this.bounds.every((bound, i) => bound === other.bounds[i])
  }

  ranges(): [number, number][] {
    const ranges: [number, number][] = []
    for (let i = 0; i < this.bounds.length; i += 2) ranges.push([this.bounds[i]!, this.bounds[i + 1]!])
    return ranges
  }
}

const maximum = 0x10ffff
const notPlain = new CodePointSet([0xd800, 0xdfff, 0x10000, maximum])

/** Every code point. */
export const everyCodePoint: CodePointSet = new CodePointSet([0, maximum])

function normalized(ranges: readonly (readonly [number, number])[]): CodePointSet {
  const bounds: number[] = []
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    if (first > last) continue
    const end = bounds.length - 1
    if (end > 0 && first <= bounds[end]! + 1) bounds[end] = Math.max(bounds[end]!, last)
    else bounds.push(first, last)
  }
  return new CodePointSet(bounds)
}

function lowTable(bounds: readonly number[]): Uint8Array {
  const table = new Uint8Array(256)
  for (let i = 0; i < bounds.length; i += 2) {
    if (bounds[i]! > 255) break
    table.fill(1, bounds[i]!, Math.min(bounds[i + 1]!, 255) + 1)
  }
  return table
}

function rangeIndex(bounds: readonly number[], codePoint: number): number {
  let low = 0
  let high = bounds.length / 2 - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (codePoint < bounds[2 * middle]!) high = middle - 1
    else if (codePoint > bounds[2 * middle + 1]!) low = middle + 1
    else return middle
  }
  return -1
}
