import { messageOf, type SourceContext } from '../../../core/index.ts'
import { type Candidate, CandidateFinder, type CandidateRules, candidateAt } from './candidates.ts'

/** Looking takes at most this part of the time. */
const shareOfTime = 10

/** Files that are to be read, the next one first. The folder is looked at again when its last answer is old. */
export class WaitingFiles {
  readonly #order: CandidateRules['order']
  readonly #finder: CandidateFinder
  readonly #pollDelay: number
  readonly #context: SourceContext
  #queue: readonly Candidate[] = []
  #at = 0
  #freshUntil = Number.NEGATIVE_INFINITY
  #isMissing = false
  readonly #postponed = new Map<string, number>()

  constructor(rules: CandidateRules, pollDelay: number, context: SourceContext) {
    this.#order = rules.order
    this.#finder = new CandidateFinder(rules)
    this.#pollDelay = pollDelay
    this.#context = context
  }

  /** @param begun files of which a part is stored: they come first */
  async next(begun: ReadonlySet<string>): Promise<Candidate | undefined> {
    const isStale = this.#order !== 'random' && this.#context.clock.monotonic() >= this.#freshUntil
    if (this.#at >= this.#queue.length || isStale) await this.#look(begun)
    while (this.#at < this.#queue.length) {
      const found = this.#queue[this.#at++]
      const now = found && (await candidateAt(found.path))
      if (now) return now
    }
    return undefined
  }

  postpone(path: string, ms: number): void {
    this.#postponed.set(path, this.#context.clock.monotonic() + ms)
  }

  async #look(begun: ReadonlySet<string>): Promise<void> {
    const { clock, log, metrics } = this.#context
    const from = clock.monotonic()
    for (const [path, until] of this.#postponed) if (until <= from) this.#postponed.delete(path)
    let found: readonly Candidate[] = []
    try {
      found = await this.#finder.find((path) => this.#postponed.has(path), clock.now())
      this.#isMissing = false
    } catch (error) {
      if (!this.#isMissing) log.warn('The spool folder cannot be looked at.', { error: messageOf(error) })
      this.#isMissing = true
      metrics.counter('readFailures').add(1)
    }
    this.#queue = [...found.filter(({ path }) => begun.has(path)), ...found.filter(({ path }) => !begun.has(path))]
    this.#at = 0
    metrics.gauge('filesWaiting').set(found.length)
    const until = clock.monotonic()
    this.#freshUntil = until + Math.max(this.#pollDelay, (until - from) * shareOfTime)
  }
}
