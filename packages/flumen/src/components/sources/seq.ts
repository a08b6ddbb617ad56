import { defineSource, field } from '../../component/kit.ts'
import { EventBatch, messageOf, Part, type PollableSource, type SourceContext, verdictOf } from '../../core/index.ts'
import { storedBy } from './put-until-stored.ts'
import { whenAborted } from './when-aborted.ts'

export default defineSource({
  type: 'seq',
  className: 'org.apache.flume.source.SequenceGeneratorSource',
  summary: 'Makes events that count: the body of the first is 0, of the second 1, and so on.',
  description:
    'For tests of a configuration. The counter goes on only when events are stored, so that nothing is left out; a ' +
    'restart begins at 0 again.',
  fields: {
    batchSize: field.int({ default: 1, min: 1, doc: 'Events of one put.' }),
    totalEvents: field.int({
      default: Number.MAX_SAFE_INTEGER,
      min: 0,
      defaultText: 'no end',
      doc: 'How many events are made; then the source has ended.',
    }),
  },
  examples: [
    'a1.sources.r1.type = seq',
    'a1.sources.r1.type = seq\na1.sources.r1.batchSize = 100\na1.sources.r1.totalEvents = 10000',
  ],
  batchSize: ({ batchSize }) => ({ key: 'batchSize', events: batchSize }),
  create: ({ batchSize, totalEvents }, context) => new SequenceSource(batchSize, totalEvents, context),
})

class SequenceSource implements PollableSource {
  readonly kind = 'pollable'
  readonly #batchSize: number
  readonly #totalEvents: number
  readonly #context: SourceContext
  readonly #stopped = new AbortController()
  #next = 0
  #hasEnded = false

  constructor(batchSize: number, totalEvents: number, context: SourceContext) {
    this.#batchSize = batchSize
    this.#totalEvents = totalEvents
    this.#context = context
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {
    this.#stopped.abort()
  }

  async poll(signal: AbortSignal): Promise<'ready' | 'backoff'> {
    const count = Math.min(this.#batchSize, this.#totalEvents - this.#next)
    if (count <= 0) return this.#rest(signal)
    const batch = numbers(this.#next, count, this.#context.clock.now())
    try {
      await this.#context.put(batch)
      this.#next += count
    } catch (error) {
      this.#next += storedBy(error)
      if (verdictOf(error) !== 'reject') throw error
      const row = storedBy(error)
      this.#context.reject(batch.slice(row, row + 1), messageOf(error))
      this.#next++
    }
    return 'ready'
  }

  async #rest(signal: AbortSignal): Promise<'backoff'> {
    if (!this.#hasEnded) this.#context.end()
    this.#hasEnded = true
    await whenAborted(signal, this.#stopped.signal)
    return 'backoff'
  }
}

/** Consecutive numbers in ASCII, over one slab. */
function numbers(first: number, count: number, arrivedAt: number): EventBatch {
  const slab = Buffer.allocUnsafeSlow(String(first + count - 1).length * count)
  const start = new Uint32Array(count)
  const end = new Uint32Array(count)
  let at = 0
  for (let row = 0; row < count; row++) {
    start[row] = at
    at += slab.write(String(first + row), at, 'latin1')
    end[row] = at
  }
  return new EventBatch([new Part({ arrivedAt, slab, start, end })])
}
