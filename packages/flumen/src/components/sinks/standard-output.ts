import { fstatSync, write as writeFile } from 'node:fs'
import { promisify } from 'node:util'
import { type Bytes, FlumenError } from '../../core/index.ts'

/**
 * Nobody reads what is written any more (`flumen … | head`). There is nothing left to do and nothing to complain
 * about: an agent ends on it, quietly.
 */
export class OutputClosedError extends FlumenError {
  static override readonly code = 'OUTPUT_CLOSED'
}

/** Where lines go: what has been resolved is with the system; one write at a time. */
export interface Output {
  write(chunks: readonly Bytes[]): Promise<void>
  /** Lets go of the stream; it stays open. */
  release(): void
}

const closedCodes: ReadonlySet<unknown> = new Set([
  'EPIPE',
  'ECONNRESET',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
  'ERR_STREAM_PREMATURE_CLOSE',
])

/** Standard output, whether it is a file, a pipe or a terminal. */
export function standardOutput(): Output {
  // Node's own stream of a file blocks and takes a short write (the disk is full) for a whole one.
  return fstatSync(1).isFile() ? new FileOutput(1) : new StreamOutput(process.stdout)
}

/** A stream that belongs to someone else: it is never ended. */
export class StreamOutput implements Output {
  readonly #stream: NodeJS.WritableStream
  readonly #onError = (error: Error): void => {
    this.#failure ??= error
  }
  #failure: Error | undefined
  #lastWrite: Promise<void> = Promise.resolve()

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream
    stream.on('error', this.#onError)
  }

  /** Waits for each chunk, so that the stream never holds more than one. */
  async write(chunks: readonly Bytes[]): Promise<void> {
    // A stream that has failed never recovers.
    if (this.#failure) throw new OutputClosedError('the output has failed', { cause: this.#failure })
    try {
      for (const chunk of chunks) {
        this.#lastWrite = this.#written(chunk)
        await this.#lastWrite
      }
    } catch (error) {
      throw closedOr(error)
    }
  }

  release(): void {
    // The stream tells of an error after the callback of the write, and without a listener that ends the process.
    const remove = (): void => {
      setImmediate(() => this.#stream.removeListener('error', this.#onError))
    }
    this.#lastWrite.then(remove, remove)
  }

  #written(chunk: Bytes): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(chunk, (error) => (error ? reject(error) : resolve()))
    })
  }
}

/** A descriptor of a file; it is never closed. */
export class FileOutput implements Output {
  readonly #descriptor: number

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  async write(chunks: readonly Bytes[]): Promise<void> {
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        const { bytesWritten } = await writeDescriptor(this.#descriptor, chunk, at)
        at += bytesWritten
      }
    }
  }

  release(): void {}
}

const writeDescriptor = promisify(writeFile)

function closedOr(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return closedCodes.has(code) ? new OutputClosedError('the reader of the output went away', { cause: error }) : error
}
