import {
  type Bytes,
  type Clock,
  type Delivery,
  type EventBatch,
  EventDeliveryError,
  type EventSerializer,
  type Sink,
  type SinkLimits,
  StoppedError,
  settledWithin,
} from '../../core/index.ts'
import { type Output, OutputClosedError } from './standard-output.ts'
import { unlessAborted } from './unless-aborted.ts'

/** Most bytes of one write, as far as events can be divided. */
const batchBytes = 1024 * 1024

/** Writes batches to a stream of the process, one at a time. */
export class OutputSink implements Sink {
  readonly limits: SinkLimits
  readonly #serializer: EventSerializer
  readonly #clock: Clock
  readonly #open: () => Output
  #output: Output | undefined
  #hasBegun = false
  #lastWrite: Promise<void> = Promise.resolve()

  /** @param open called at start */
  constructor(serializer: EventSerializer, batchSize: number, clock: Clock, open: () => Output) {
    this.limits = { events: batchSize, bytes: batchBytes, lingerMs: 0, inFlight: 1, ordered: true }
    this.#serializer = serializer
    this.#clock = clock
    this.#open = open
  }

  async start(): Promise<void> {
    this.#output = this.#open()
  }

  async stop(deadlineMs: number): Promise<void> {
    const output = this.#output
    if (!output) return
    this.#output = undefined
    await settledWithin(this.#finish(output), deadlineMs, this.#clock)
    output.release()
  }

  async deliver(batch: EventBatch, { signal }: Delivery): Promise<void> {
    const output = this.#output
    if (!output) throw new StoppedError('the sink does not run')
    this.#lastWrite = this.#write(output, await this.#serialize(batch))
    await unlessAborted(this.#lastWrite, signal)
  }

  async #serialize(batch: EventBatch): Promise<Bytes[]> {
    const chunks: Bytes[] = []
    const first = this.#hasBegun ? undefined : this.#serializer.begin()
    if (first) chunks.push(first)
    this.#serializer.write(batch, (bytes) => chunks.push(bytes))
    const last = await this.#serializer.flush()
    if (last) chunks.push(last)
    return chunks
  }

  async #write(output: Output, chunks: readonly Bytes[]): Promise<void> {
    try {
      await output.write(chunks)
      this.#hasBegun = true
    } catch (cause) {
      if (cause instanceof OutputClosedError) throw cause
      throw new EventDeliveryError('writing to standard output failed', { cause })
    }
  }

  /** What stands last is for a reader who is still there. */
  async #finish(output: Output): Promise<void> {
    await this.#lastWrite
    const end = this.#hasBegun ? this.#serializer.end() : undefined
    if (end) await output.write([end])
  }
}
