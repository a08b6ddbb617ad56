/** A connection that may have to wait. */
export interface Waiter {
  wait(): void
  goOn(): void
}

/**
 * Bounds the memory of requests that have begun and are not whole, all together. Beyond the bound only the one that
 * began first is read on, so that there is always one that comes to its end.
 */
export class HeldRequests<C extends Waiter> {
  readonly #most: number
  /** Bytes of each, in the order in which they began. */
  readonly #held = new Map<C, number>()
  readonly #waiting = new Set<C>()
  #bytes = 0

  constructor(most: number) {
    this.#most = most
  }

  get bytes(): number {
    return this.#bytes
  }

  /** @param bytes what it holds now; 0: it is between requests */
  set(connection: C, bytes: number): void {
    const before = this.#held.get(connection) ?? 0
    if (bytes === before) return
    this.#bytes += bytes - before
    if (bytes === 0) this.#letGo(connection)
    else this.#held.set(connection, bytes)
    if (this.#waiting.size > 0 && bytes < before) this.#wake()
    if (bytes > before && this.#bytes > this.#most && !this.#isFirst(connection) && !this.#waiting.has(connection)) {
      this.#waiting.add(connection)
      connection.wait()
    }
  }

  /** It is gone. */
  remove(connection: C): void {
    this.#waiting.delete(connection)
    this.set(connection, 0)
    if (this.#waiting.size > 0) this.#wake()
  }

  #isFirst(connection: C): boolean {
    return this.#held.keys().next().value === connection
  }

  /** It is between requests: whoever holds nothing is read on, however much the others hold. */
  #letGo(connection: C): void {
    this.#held.delete(connection)
    if (this.#waiting.delete(connection)) connection.goOn()
  }

  #wake(): void {
    const awake = this.#bytes > this.#most ? this.#held.keys().take(1) : [...this.#waiting]
    for (const connection of awake) if (this.#waiting.delete(connection)) connection.goOn()
  }
}
