import { RateWindow } from './rate-window.ts'

interface Loss {
  readonly at: number
  readonly total: number
}

/** How long a loss is remembered, ms. */
export const lossMemoryMs = 60_000

/** What is remembered of a component from one look to the next. */
export class ComponentWatch {
  readonly in = new RateWindow()
  readonly out = new RateWindow()
  #progress = Number.NaN
  #progressAt = 0
  #hasProgressed = false
  /** Samples of the last minute, oldest first. */
  readonly #losses: Loss[] = [{ at: Number.NEGATIVE_INFINITY, total: 0 }]

  /** @param progress a number that changes when the component gets anywhere */
  see(at: number, progress: number): void {
    if (progress === this.#progress) return
    this.#hasProgressed ||= !Number.isNaN(this.#progress) || progress > 0
    this.#progress = progress
    this.#progressAt = at
  }

  /** Ms since the last change that was seen, or since the first look. */
  quietMs(at: number): number {
    return at - this.#progressAt
  }

  get hasProgressed(): boolean {
    return this.#hasProgressed
  }

  /** @param total events lost since the start */
  seeLoss(at: number, total: number): void {
    const last = this.#losses.at(-1)
    if (last?.total !== total) this.#losses.push({ at, total })
    while (this.#losses.length > 1 && this.#losses[1]!.at <= at - lossMemoryMs) this.#losses.shift()
  }

  /** Events lost in the last minute, as far as it was watched. */
  lostLately(at: number): number {
    const last = this.#losses.at(-1)!
    const before = this.#losses.findLast((loss) => loss.at <= at - lossMemoryMs) ?? this.#losses[0]!
    return last.total - before.total
  }
}
