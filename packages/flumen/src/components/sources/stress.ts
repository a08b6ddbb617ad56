import { defineSource, field } from '../../component/kit.ts'
import { EventBatch, Part, type PollableSource, type SourceContext } from '../../core/index.ts'
import { storedBy } from './put-until-stored.ts'
import { RateLimit } from './rate-limit.ts'
import { whenAborted } from './when-aborted.ts'

export default defineSource({
  type: 'stress',
  className: 'org.apache.flume.source.StressSource',
  summary: 'Makes equal events as fast as they are taken, or at a given rate, to put load on a configuration.',
  fields: {
    size: field.int({ default: 500, min: 0, doc: 'Bytes of a body; each of them is 0x7F.' }),
    maxTotalEvents: field.int({
      default: -1,
      doc: 'How many events are put, also in vain; then the source has ended. Below 0: no end.',
    }),
    maxSuccessfulEvents: field.int({
      default: -1,
      doc: 'How many events are stored; then the source has ended. Below 0: no end.',
    }),
    batchSize: field.int({ default: 1, min: 1, doc: 'Events of one put.' }),
    maxEventsPerSecond: field.int({
      default: 0,
      min: 0,
      doc: 'Most events of a second, in the long run. 0: no bound.',
    }),
  },
  examples: [
    'a1.sources.r1.type = org.apache.flume.source.StressSource\na1.sources.r1.size = 1000\na1.sources.r1.batchSize = 100\n' +
      'a1.sources.r1.maxTotalEvents = 1000000\na1.sources.r1.maxEventsPerSecond = 10000',
    'a1.sources.r1.type = stress\na1.sources.r1.maxSuccessfulEvents = 1000',
  ],
  mayLose: () => 'events that could not be stored are not put again: this source makes load, not data',
  batchSize: ({ batchSize }) => ({ key: 'batchSize', events: batchSize }),
  create: (options, context) => new StressSource(options, context),
})

interface StressOptions {
  readonly size: number
  readonly maxTotalEvents: number
  readonly maxSuccessfulEvents: number
  readonly batchSize: number
  readonly maxEventsPerSecond: number
}

const mostSlabBytes = 16 * 1024 * 1024

class StressSource implements PollableSource {
  readonly kind = 'pollable'
  readonly #options: StressOptions
  readonly #context: SourceContext
  readonly #limit: RateLimit
  readonly #stopped = new AbortController()
  #part: Part | undefined
  #attempted = 0
  #stored = 0
  #hasEnded = false

  constructor(options: StressOptions, context: SourceContext) {
    this.#options = options
    this.#context = context
    this.#limit = new RateLimit(options.maxEventsPerSecond, context.clock)
  }

  async start(): Promise<void> {
    this.#part = equalRows(this.#options.size, this.#options.batchSize)
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
  }

  async poll(signal: AbortSignal): Promise<'ready' | 'backoff'> {
    const events = this.#nextSize()
    if (events <= 0) return this.#rest(signal)
    await this.#limit.take(events, signal)
    const part = this.#part!.slice(0, events).with({ arrivedAt: this.#context.clock.now() })
    this.#attempted += events
    try {
      await this.#context.put(new EventBatch([part]))
      this.#stored += events
    } catch (error) {
      this.#stored += storedBy(error)
      throw error
    }
    return 'ready'
  }

  #nextSize(): number {
    const { batchSize, maxTotalEvents, maxSuccessfulEvents } = this.#options
    const attempts = maxTotalEvents < 0 ? batchSize : maxTotalEvents - this.#attempted
    const successes = maxSuccessfulEvents < 0 ? batchSize : maxSuccessfulEvents - this.#stored
    return Math.min(batchSize, attempts, successes)
  }

  async #rest(signal: AbortSignal): Promise<'backoff'> {
    if (!this.#hasEnded) this.#context.end()
    this.#hasEnded = true
    await whenAborted(signal, this.#stopped.signal)
    return 'backoff'
  }
}

/** Rows of the same bytes, over a slab that is never written again; too many for it begin at its start again. */
function equalRows(size: number, count: number): Part {
  const fit = Math.min(count, Math.max(1, Math.floor(mostSlabBytes / Math.max(size, 1))))
  const slab = Buffer.allocUnsafeSlow(size * fit).fill(0x7f)
  const start = Uint32Array.from({ length: count }, (_, row) => (row % fit) * size)
  return new Part({ arrivedAt: 0, slab, start, end: start.map((at) => at + size) })
}
