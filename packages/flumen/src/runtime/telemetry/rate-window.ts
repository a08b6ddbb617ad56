interface Sample {
  readonly at: number
  readonly value: number
}

/** How far back a rate looks, ms. */
const windowMs = 5000

/** The rate of a counter lately: from its value some five seconds ago to its value now. */
export class RateWindow {
  #samples: Sample[] = []

  /** @param at monotonic clock, ms; called about once a second */
  sample(at: number, value: number): void {
    this.#samples.push({ at, value })
    while (this.#samples.length > 2 && this.#samples[1]!.at <= at - windowMs) this.#samples.shift()
  }

  /** A second; 0 before there is anything to compare with. */
  perSecond(at: number, value: number): number {
    const from = this.#samples.find((sample) => sample.at >= at - windowMs - 1) ?? this.#samples.at(-1)
    if (!from || at - from.at < shortestMs) return 0
    return ((value - from.value) * 1000) / (at - from.at)
  }
}

/** Over less than this a rate says nothing, ms. */
const shortestMs = 100
