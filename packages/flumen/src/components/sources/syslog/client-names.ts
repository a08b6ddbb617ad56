import { lookupService } from 'node:dns/promises'
import type { Clock } from '../../../core/index.ts'

const keptMs = 5 * 60_000
const mostNames = 10_000
/** A name server that does not answer holds a client up for so long. */
const patienceMs = 3000

interface Known {
  readonly name: string
  readonly until: number
}

/** Host names of clients, by reverse lookup; one that has none is called by its address, as in Java. */
export class ClientNames {
  readonly #clock: Clock
  readonly #known = new Map<string, Known>()
  readonly #asked = new Map<string, Promise<string>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Answers without a promise where the name is known. */
  nameOf(address: string): string | Promise<string> {
    if (address === '') return ''
    const known = this.#known.get(address)
    if (known && known.until > this.#clock.monotonic()) return known.name
    const asked = this.#asked.get(address) ?? this.#ask(address)
    this.#asked.set(address, asked)
    return asked
  }

  async #ask(address: string): Promise<string> {
    const over = new AbortController()
    const patience = this.#clock.sleep(patienceMs, over.signal).then(
      () => address,
      () => address,
    )
    const name = await Promise.race([reverseLookUp(address), patience])
    over.abort()
    this.#asked.delete(address)
    if (this.#known.size >= mostNames) this.#known.clear()
    this.#known.set(address, { name, until: this.#clock.monotonic() + keptMs })
    return name
  }
}

/** Never rejects: what has no name is called by its address. */
async function reverseLookUp(address: string): Promise<string> {
  try {
    const { hostname } = await lookupService(address, 0)
    return hostname
  } catch {
    return address
  }
}
