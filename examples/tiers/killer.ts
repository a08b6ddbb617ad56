import { setTimeout as sleep } from 'node:timers/promises'
import type { TierAgent } from './tier-agent.ts'

/** Every so often the end of one agent, which is started again a moment later; all have had their turn before the next. */
export class Killer {
  /** How many it has killed. */
  count = 0
  #isEnding = false
  readonly #say: (line: string) => void
  readonly #agents: readonly TierAgent[]
  readonly #everyMs: number
  /** Who has not been killed in this turn. */
  readonly #waiting: TierAgent[] = []
  #state: number

  constructor(agents: readonly TierAgent[], seed: number, everyMs: number, say: (line: string) => void) {
    this.#say = say
    this.#agents = agents
    this.#everyMs = everyMs
    this.#state = seed >>> 0
  }

  /** After the kill that is under way. */
  end(): void {
    this.#isEnding = true
  }

  async run(): Promise<void> {
    let nextAt = performance.now() + this.#everyMs
    while (this.#everyMs > 0 && !this.#isEnding) {
      await sleep(50)
      if (performance.now() < nextAt) continue
      const agent = this.#next()
      if (!agent) return
      this.#say(`kill -9 ${agent.pid} (${agent.name})`)
      this.count++
      await agent.kill()
      await sleep(500 + this.#random(1500))
      await agent.start()
      nextAt = performance.now() + this.#everyMs
    }
  }

  #next(): TierAgent | undefined {
    if (this.#waiting.length === 0) this.#waiting.push(...this.#agents)
    return this.#waiting.splice(this.#random(this.#waiting.length), 1)[0]
  }

  #random(below: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * below)
  }
}
