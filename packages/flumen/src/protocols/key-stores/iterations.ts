import { KeyStoreProblem } from './key-store-error.ts'

/** As many as Java accepts. Its own stores have 10,000 (PKCS12) or 200,000 (JCEKS). */
export const mostIterations = 5_000_000

/** How often passwords may be hashed: the store says how often it has to be done, and a wrong store must not hang us. */
export class Iterations {
  #left: number
  readonly #most: number

  constructor(most: number) {
    this.#left = most
    this.#most = most
  }

  /** @returns the count, for the caller to do */
  spend(count: number): number {
    if (count < 1) throw new KeyStoreProblem('limit', 'it asks for no round of hashing the password')
    this.#left -= count
    if (this.#left >= 0) return count
    throw new KeyStoreProblem('limit', `it asks for more than ${this.#most} rounds of hashing the password`)
  }
}
