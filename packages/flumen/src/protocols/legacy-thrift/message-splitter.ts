import { GatheredBytes } from '../legacy-events/gathered-bytes.ts'
import { MessageScanner } from './message-scanner.ts'

/**
 * Cuts what comes on a connection into messages. A message that lies in one chunk is a piece of it; any other is gathered
 * in memory that grows with what has come.
 */
export class MessageSplitter {
  readonly #scanner: MessageScanner
  readonly #chunks: Buffer[] = []
  /** Where the first chunk is read next. */
  #at = 0
  readonly #gathered = new GatheredBytes()

  constructor(mostBytes: number) {
    this.#scanner = new MessageScanner(mostBytes)
  }

  /** Memory of a message that is not whole; 0: between messages. Right once `next` has answered undefined. */
  get pendingBytes(): number {
    return this.#gathered.held
  }

  receive(chunk: Buffer): void {
    if (chunk.length > 0) this.#chunks.push(chunk)
  }

  /**
   * The next message; undefined: it is not whole.
   * @throws ThriftError where the messages cannot be told apart any more
   */
  next(): Buffer | undefined {
    for (let chunk = this.#chunks[0]; chunk; chunk = this.#chunks[0]) {
      const from = this.#at
      const end = this.#scanner.scan(chunk, from)
      const message = this.#taken(chunk, from, end)
      this.#at = end
      if (end < 0 || end === chunk.length) {
        this.#chunks.shift()
        this.#at = 0
      }
      if (message) return message
    }
    return undefined
  }

  #taken(chunk: Buffer, from: number, end: number): Buffer | undefined {
    if (end >= 0 && this.#gathered.length === 0) return chunk.subarray(from, end)
    this.#gathered.add(chunk.subarray(from, end < 0 ? chunk.length : end))
    return end < 0 ? undefined : this.#gathered.take()
  }
}
