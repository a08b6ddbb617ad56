import type { Origin } from './channel.ts'
import { type Range, RangeSet } from './ranges.ts'

/** Which rows of which producers a channel has stored. */
export class StoredOrigins {
  readonly #ranges = new Map<string, RangeSet>()

  get producers(): number {
    return this.#ranges.size
  }

  of(producer: string): readonly Range[] {
    return this.#ranges.get(producer)?.ranges ?? []
  }

  add({ producer, first, last }: Origin): void {
    const known = this.#ranges.get(producer)
    if (known) known.add(first, last + 1)
    else this.#ranges.set(producer, RangeSet.of([[first, last + 1]]))
  }

  /** What is there from an earlier run. */
  restore(producer: string, ranges: Iterable<Range>): void {
    this.#ranges.set(producer, RangeSet.of(ranges))
  }
}
