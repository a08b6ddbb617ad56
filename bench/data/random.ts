/** Numbers that look random and are the same in every run (xorshift, 32 bits). */
export class Random {
  #state: number

  constructor(seed = 0x9e3779b9) {
    this.#state = seed
  }

  /** From 0 up to, not including, `limit`. */
  below(limit: number): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state
    return (state >>> 0) % limit
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }
}
