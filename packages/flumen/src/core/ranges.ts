/** Positions from `from` up to, not including, `to`. */
export type Range = readonly [from: number, to: number]

/** A set of positions as sorted ranges that neither touch nor overlap. Adding in order, the usual case, costs nothing. */
export class RangeSet {
  readonly #ranges: [number, number][] = []
  #total = 0

  static of(ranges: Iterable<Range>): RangeSet {
    const set = new RangeSet()
    for (const [from, to] of ranges) set.add(from, to)
    return set
  }

  get ranges(): readonly Range[] {
    return this.#ranges
  }

  /** How many positions it holds. */
  get total(): number {
    return this.#total
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0
  }

  /** End of the last range; 0 where there is none. */
  get end(): number {
    return this.#ranges.at(-1)?.[1] ?? 0
  }

  /** @returns how many of them were not in it */
  add(from: number, to: number): number {
    if (to <= from) return 0
    const ranges = this.#ranges
    let first = this.#firstEndingFrom(from)
    const last = ranges[first]
    if (last === undefined) {
      ranges.push([from, to])
      this.#total += to - from
      return to - from
    }
    let low = from
    let high = to
    let known = 0
    const begin = first
    for (; first < ranges.length && ranges[first]![0] <= to; first++) {
      const [a, b] = ranges[first]!
      low = Math.min(low, a)
      high = Math.max(high, b)
      known += b - a
    }
    if (first === begin + 1) {
      ranges[begin]![0] = low
      ranges[begin]![1] = high
    } else ranges.splice(begin, first - begin, [low, high])
    const added = high - low - known
    this.#total += added
    return added
  }

  addAll(ranges: Iterable<Range>): void {
    for (const [from, to] of ranges) this.add(from, to)
  }

  /** Whether all of it is in the set. */
  covers(from: number, to: number): boolean {
    if (to <= from) return true
    const range = this.#ranges[this.#firstEndingFrom(from + 1)]
    return range !== undefined && range[0] <= from && range[1] >= to
  }

  /** What of it is not in the set. */
  missing(from: number, to: number): Range[] {
    const missing: Range[] = []
    let at = from
    for (let index = this.#firstEndingFrom(from + 1); at < to; index++) {
      const range = this.#ranges[index]
      if (range === undefined || range[0] >= to) {
        missing.push([at, to])
        break
      }
      if (range[0] > at) missing.push([at, range[0]])
      at = Math.max(at, range[1])
    }
    return missing
  }

  /** The first position at or after this one that is not in the set. */
  firstMissing(from: number): number {
    const range = this.#ranges[this.#firstEndingFrom(from + 1)]
    return range !== undefined && range[0] <= from ? range[1] : from
  }

  /** Index of the first range that ends at or after this position. */
  #firstEndingFrom(position: number): number {
    const ranges = this.#ranges
    const last = ranges.length - 1
    if (last < 0 || ranges[last]![1] < position) return ranges.length
    let low = 0
    let high = last
    while (low < high) {
      const middle = (low + high) >> 1
      if (ranges[middle]![1] < position) low = middle + 1
      else high = middle
    }
    return low
  }
}
