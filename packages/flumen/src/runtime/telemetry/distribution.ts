import type { HistogramReading } from '../../core/index.ts'

/** Upper bounds of the buckets, seconds: a tenth of a millisecond to a day. */
export const bounds: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800,
  7200, 86_400,
]

/** Counts durations by buckets: two additions a value, or for many equal ones at once. */
export class Distribution {
  readonly #counts = new Float64Array(bounds.length + 1)
  #sum = 0
  #count = 0

  /** @param seconds below 0 counts as 0: clocks jump */
  record(seconds: number, times = 1): void {
    const value = seconds > 0 ? seconds : 0
    let bucket = 0
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++
    this.#counts[bucket]! += times
    this.#sum += value * times
    this.#count += times
  }

  get reading(): HistogramReading {
    return { bounds, counts: [...this.#counts], sum: this.#sum, count: this.#count }
  }
}
