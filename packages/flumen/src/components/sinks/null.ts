import { defineSink, field } from '../../component/kit.ts'
import type { EventBatch, Log, Sink, SinkLimits } from '../../core/index.ts'

export default defineSink({
  type: 'null',
  className: 'org.apache.flume.sink.NullSink',
  summary: 'Takes events and forgets them.',
  fields: {
    batchSize: field.int({ default: 100, min: 1, doc: 'Most events of one take.' }),
    logEveryNEvents: field.int({
      default: 10000,
      min: 0,
      doc: 'Log how many events have been taken, each time that so many more have been. 0: never.',
    }),
  },
  examples: ['a1.sinks.k1.type = null\na1.sinks.k1.batchSize = 1000\na1.sinks.k1.logEveryNEvents = 1000000'],
  batchSize: ({ batchSize }) => ({ key: 'batchSize', events: batchSize }),
  create: ({ batchSize, logEveryNEvents }, { log }) => new NullSink(batchSize, logEveryNEvents, log),
})

/** Its next batches need not wait until a channel has written that it had the last ones. */
const inFlight = 64

class NullSink implements Sink {
  readonly limits: SinkLimits
  readonly #logEvery: number
  readonly #log: Log
  #events = 0

  constructor(batchSize: number, logEvery: number, log: Log) {
    this.limits = { events: batchSize, bytes: Number.MAX_SAFE_INTEGER, lingerMs: 0, inFlight, ordered: false }
    this.#logEvery = logEvery
    this.#log = log
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  deliver({ length }: EventBatch): void {
    const before = Math.floor(this.#events / this.#logEvery)
    this.#events += length
    if (this.#logEvery === 0 || Math.floor(this.#events / this.#logEvery) === before) return
    this.#log.info('Events have been thrown away.', { events: this.#events })
  }
}
