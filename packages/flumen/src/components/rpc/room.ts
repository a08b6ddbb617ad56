/**
 * Bounds the memory that what is to be unpacked may take, all together. Whoever finds no room waits, and all are let in
 * in the order in which they came; one that is alone is let in whatever it takes.
 */
export class Room<C extends object> {
  readonly #most: number
  readonly #inside = new Map<C, number>()
  readonly #waiting = new Map<C, { readonly bytes: number; settle(isIn: boolean): void }>()
  #bytes = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Bytes of all who are in. */
  get bytes(): number {
    return this.#bytes
  }

  /** @returns whether it is in, which `leave` ends; false: it has given up */
  enter(client: C, bytes: number): Promise<boolean> {
    return new Promise((settle) => {
      this.#waiting.set(client, { bytes, settle })
      this.#letIn()
    })
  }

  leave(client: C): void {
    this.#bytes -= this.#inside.get(client) ?? 0
    this.#inside.delete(client)
    this.#letIn()
  }

  /** It waits no longer. Who is in stays. */
  giveUp(client: C): void {
    const waiting = this.#waiting.get(client)
    if (!waiting) return
    this.#waiting.delete(client)
    waiting.settle(false)
    this.#letIn()
  }

  #letIn(): void {
    for (const [client, { bytes, settle }] of this.#waiting) {
      if (this.#inside.size > 0 && this.#bytes + bytes > this.#most) return
      this.#waiting.delete(client)
      this.#inside.set(client, bytes)
      this.#bytes += bytes
      settle(true)
    }
  }
}
