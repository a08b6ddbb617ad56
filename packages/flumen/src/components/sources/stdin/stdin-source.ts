import type { Readable } from 'node:stream'
import {
  ComponentFailedError,
  type EventBatch,
  type EventDrivenSource,
  messageOf,
  ownedBytes,
  type SourceContext,
  settledWithin,
  verdictOf,
} from '../../../core/index.ts'
import { batchOfLines, LineSplitter } from '../line-splitter.ts'
import { putUntilStored, storedBy } from '../put-until-stored.ts'
import { graceMs } from '../stop-grace.ts'

/** Lines of a stream; see the declaration. A chunk is a batch. */
export class StdinSource implements EventDrivenSource {
  readonly kind = 'event-driven'
  readonly #context: SourceContext
  readonly #open: () => Readable
  readonly #splitter: LineSplitter
  /** The deadline of the stop has come. */
  readonly #over = new AbortController()
  #input: Readable | undefined
  #storing: Promise<void> | undefined
  #hasEnded = false
  #stopping: Promise<void> | undefined

  /** @param open called at start; a stop leaves the stream open, with the line that has no end yet put back into it */
  constructor(maxLineLength: number, context: SourceContext, open: () => Readable) {
    this.#context = context
    this.#open = open
    this.#splitter = new LineSplitter({ ends: 'lf', maxLength: maxLineLength, overlong: 'cut' })
  }

  async start(): Promise<void> {
    this.#input = this.#open()
    this.#input.on('data', this.#receive)
    this.#input.on('end', this.#end)
    this.#input.on('error', this.#fail)
    this.#input.resume()
  }

  stop(deadlineMs: number): Promise<void> {
    this.#stopping ??= this.#stop(deadlineMs)
    return this.#stopping
  }

  async #stop(deadlineMs: number): Promise<void> {
    const input = this.#input
    if (!input) return
    input.pause()
    input.off('data', this.#receive)
    input.off('end', this.#end)
    input.off('error', this.#fail)
    const { clock } = this.#context
    const cancel = clock.after(deadlineMs, () => this.#over.abort())
    await settledWithin(this.#storing ?? Promise.resolve(), deadlineMs + graceMs, clock)
    cancel()
    const begun = this.#splitter.rest()
    if (begun && !input.readableEnded) input.unshift(begun)
  }

  readonly #receive = (chunk: Buffer | string): void => {
    const lines = this.#splitter.split(ownChunk(chunk))
    this.#put(batchOfLines(lines, this.#context.clock.now()))
  }

  /** A stream tells its end also while it is paused. */
  readonly #end = (): void => {
    this.#hasEnded = true
    if (!this.#storing) this.#finish()
  }

  readonly #fail = (cause: unknown): void => {
    this.#context.fail(new ComponentFailedError('standard input cannot be read', { cause }))
  }

  #finish(): void {
    const last = this.#splitter.rest()
    if (last) {
      const slices = [{ slab: last, start: [0], end: [last.length] }]
      this.#put(batchOfLines({ slices }, this.#context.clock.now()))
    }
    if (!this.#storing) this.#context.end()
  }

  #put(batch: EventBatch): void {
    if (batch.length === 0) return
    const storing = putUntilStored(this.#context, batch, this.#over.signal)
    if (!storing) return
    this.#input!.pause()
    this.#storing = storing.then(
      () => this.#goOn(),
      (error: unknown) => this.#lost(batch.length - storedBy(error), error),
    )
  }

  #goOn(): void {
    this.#storing = undefined
    if (this.#stopping) return
    if (this.#hasEnded) this.#finish()
    else this.#input!.resume()
  }

  #lost(lines: number, error: unknown): void {
    this.#storing = undefined
    this.#context.metrics.counter('linesLost').add(lines)
    this.#context.log.error('Lines of standard input could not be stored and are lost.', {
      lines,
      error: messageOf(error),
    })
    if (verdictOf(error) === 'fatal') this.#context.fail(error)
  }
}

/** In memory of its own: a stream that is no file and no socket may give pieces of a larger one. */
function ownChunk(chunk: Buffer | string): Buffer {
  if (typeof chunk !== 'string' && chunk.buffer.byteLength === chunk.length) return chunk
  const bytes = ownedBytes(chunk)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
