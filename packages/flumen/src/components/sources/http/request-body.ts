import type { IncomingMessage } from 'node:http'
import { ownBuffer } from './inflater.ts'

export interface BodyRules {
  readonly maxBytes: number
  /** What comes beyond is thrown away; else the body is too large. */
  readonly cuts: boolean
  /** Asked before each piece is kept. */
  hold(bytes: number): boolean
}

export type BodyFailure = 'too large' | 'too busy' | 'aborted'

export interface BodyEvents {
  onBody(body: Buffer, isCut: boolean): void
  /** At most once, and never with `onBody`. */
  onFailure(failure: BodyFailure): void
}

const noBytes = Buffer.alloc(0)

/** Gathers the body of a request; it is whole or nothing. */
export class RequestBody {
  readonly #rules: BodyRules
  readonly #events: BodyEvents
  #chunks: Buffer[] = []
  #bytes = 0
  #isCut = false
  #isOver = false

  constructor(request: IncomingMessage, rules: BodyRules, events: BodyEvents) {
    this.#rules = rules
    this.#events = events
    request.on('data', (chunk: Buffer) => this.#add(chunk))
    request.once('end', () => this.#finish())
    request.once('close', () => this.fail('aborted'))
  }

  /** Nothing of it is kept any more. */
  fail(failure: BodyFailure): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#chunks = []
    this.#events.onFailure(failure)
  }

  #add(chunk: Buffer): void {
    if (this.#isOver) return
    const { maxBytes, cuts, hold } = this.#rules
    const room = maxBytes - this.#bytes
    const piece = chunk.length > room && cuts ? chunk.subarray(0, room) : chunk
    if (piece.length > room) this.fail('too large')
    else if (piece.length > 0 && !hold(piece.length)) this.fail('too busy')
    else {
      this.#isCut ||= piece.length < chunk.length
      this.#bytes += piece.length
      if (piece.length > 0) this.#chunks.push(piece)
    }
  }

  #finish(): void {
    if (this.#isOver) return
    this.#isOver = true
    const chunks = this.#chunks
    this.#chunks = []
    this.#events.onBody(joined(chunks, this.#bytes), this.#isCut)
  }
}

function joined(chunks: readonly Buffer[], length: number): Buffer {
  if (chunks.length === 0) return noBytes
  if (chunks.length === 1) return ownBuffer(chunks[0]!)
  const all = Buffer.allocUnsafeSlow(length)
  let at = 0
  for (const chunk of chunks) at += chunk.copy(all, at)
  return all
}
