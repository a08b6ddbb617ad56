import { defineSink, field } from '../../component/kit.ts'
import type { EventBatch, Log, Sink, SinkLimits } from '../../core/index.ts'
import { type EventFormat, eventLines } from './event-lines.ts'

export default defineSink({
  type: 'logger',
  className: 'org.apache.flume.sink.LoggerSink',
  summary: "Writes each event to the agent's log, at info.",
  description:
    'For trying things out. `flume` is the form of Apache Flume, `Event: { headers:{k=v} body: 68 65 6C 6C 6F … hello }`, ' +
    'with a hex dump of several lines for more than 16 bytes. `json` and `text` are one line an event; control ' +
    'characters are escaped in both, a body that is not UTF-8 is `bodyBase64` in JSON.',
  fields: {
    maxBytesToLog: field.int({
      default: 16,
      min: 0,
      max: 2 ** 31 - 1,
      onInvalid: 'default',
      doc: 'Bytes of the body that are shown; the rest is left out.',
    }),
    format: field.enum({
      values: ['flume', 'json', 'text'],
      default: 'flume',
      doc: 'How an event is shown: as in Flume, as JSON, or as its headers and its text.',
    }),
  },
  examples: [
    'a1.sinks.k1.type = logger\na1.sinks.k1.maxBytesToLog = 256',
    'a1.sinks.k1.type = logger\na1.sinks.k1.format = json\na1.sinks.k1.maxBytesToLog = 4096',
  ],
  create: ({ maxBytesToLog, format }, { log }) => new LoggerSink(format, maxBytesToLog, log),
})

class LoggerSink implements Sink {
  readonly limits: SinkLimits = { events: 100, bytes: Number.MAX_SAFE_INTEGER, lingerMs: 0, inFlight: 1, ordered: true }
  readonly #format: EventFormat
  readonly #mostBytes: number
  readonly #log: Log

  constructor(format: EventFormat, mostBytes: number, log: Log) {
    this.#format = format
    this.#mostBytes = mostBytes
    this.#log = log
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  deliver(batch: EventBatch): void {
    for (const part of batch.parts) {
      const lineOf = eventLines(part, this.#format, this.#mostBytes)
      for (let row = 0; row < part.length; row++) this.#log.info(lineOf(row))
    }
  }
}
