import { type Flow, flowOf, isFull } from './flow.ts'
import type { Reading } from './reading.ts'

/** Event ages are of what was delivered in this time, ms. */
const windowMs = 10_000

/** Readings that are kept lie at least so far apart, ms: some are megabytes. */
const stepMs = 900

/** What earlier readings of the same run of an agent say about the next one. */
export class History {
  #last: Reading | undefined
  #kept: Reading[] = []
  readonly #fullSince = new Map<string, number>()

  /** Takes the next reading; what was known is forgotten when the agent was started anew or is another one. */
  add(reading: Reading): Flow {
    const last = this.#last
    if (last && (last.startedAt !== reading.startedAt || last.agent !== reading.agent || last.at > reading.at)) {
      this.#last = undefined
      this.#kept = []
      this.#fullSince.clear()
    }
    for (const channel of reading.channels) {
      if (!isFull(channel)) this.#fullSince.delete(channel.name)
      else if (!this.#fullSince.has(channel.name)) this.#fullSince.set(channel.name, reading.at)
    }
    while (this.#kept.length > 1 && this.#kept[1]!.at <= reading.at - windowMs) this.#kept.shift()
    const flow = flowOf(reading, { last: this.#last, past: this.#kept[0], fullSince: this.#fullSince })
    this.#last = reading
    const newest = this.#kept.at(-1)
    if (!newest || reading.at - newest.at >= stepMs) this.#kept.push(reading)
    return flow
  }
}
