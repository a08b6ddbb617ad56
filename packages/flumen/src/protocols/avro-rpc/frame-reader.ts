import type { Bytes } from '../../core/index.ts'
import { AvroRpcError } from './avro-reader.ts'

/** What one call or answer carries: the buffers of its frame, joined. */
export interface AvroFrame {
  readonly serial: number
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

/** `int32 serial, int32 number of buffers`, then each buffer with its length before it; all big-endian. */
const headBytes = 8
const lengthBytes = 4
const firstGathered = 8192
const nothing = Buffer.alloc(0)
/** A frame is gathered in memory of about the size of the last one, up to this. */
const mostAhead = 1_048_576

/** A frame that did not come in one piece. */
interface Gathering {
  /** The words before the next buffer's bytes; `words` says how many bytes of them have come. */
  readonly word: Buffer
  words: number
  /** Until the head is there; then `buffersLeft` counts. */
  hasHead: boolean
  serial: number
  buffersLeft: number
  /** Of the buffer that is coming. */
  bytesLeft: number
  wireBytes: number
  payload: Buffer
  length: number
}

/**
 * Cuts what comes over a connection into frames. One that lies in one chunk stays where it is: its buffers are moved
 * together in place. Of any other the bytes that have come are gathered; what a peer only announces costs nothing.
 */
export class AvroFrameReader {
  readonly #mostBytes: number
  #chunk: Buffer = nothing
  #at = 0
  #gathering: Gathering | undefined
  #lastLength = 0

  /** @param mostBytes that a frame may have on the wire */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** @param chunk the reader's from now on: it is written to, and frames are views on it */
  receive(chunk: Buffer): void {
    if (this.#at < this.#chunk.length) this.#chunk = Buffer.concat([this.#chunk.subarray(this.#at), chunk])
    else this.#chunk = chunk
    this.#at = 0
  }

  /** Bytes of memory of a frame that is not whole. */
  get pendingBytes(): number {
    return this.#gathering ? this.#gathering.payload.length + headBytes : 0
  }

  /** The next whole frame. @throws AvroRpcError where there can be none */
  next(): AvroFrame | undefined {
    if (this.#at === this.#chunk.length) {
      // A client that has nothing to say for hours must not keep what it said last.
      if (this.#at > 0) this.#chunk = nothing
      this.#at = 0
      return undefined
    }
    return this.#gathering ? this.#gather(this.#gathering) : (this.#wholeFrame() ?? this.#begin())
  }

  /** A frame that lies in this chunk. */
  #wholeFrame(): AvroFrame | undefined {
    const chunk = this.#chunk
    const from = this.#at
    if (chunk.length - from < headBytes) return undefined
    const serial = chunk.readInt32BE(from)
    const buffers = chunk.readInt32BE(from + 4)
    this.#checkCount(buffers)
    let at = from + headBytes
    for (let left = buffers; left > 0; left--) {
      if (chunk.length - at < lengthBytes) return undefined
      const length = chunk.readInt32BE(at)
      this.#checkSize(length, at - from + lengthBytes + length)
      at += lengthBytes + length
      if (at > chunk.length) return undefined
    }
    this.#at = at
    const [start, end] = join(chunk, from + headBytes, buffers)
    return { serial, bytes: chunk, start, end }
  }

  #begin(): AvroFrame | undefined {
    const here = this.#chunk.length - this.#at
    const ahead = Math.min(this.#lastLength, mostAhead)
    this.#gathering = {
      word: Buffer.alloc(headBytes),
      words: 0,
      hasHead: false,
      serial: 0,
      buffersLeft: 0,
      bytesLeft: 0,
      wireBytes: 0,
      payload: here < headBytes ? nothing : Buffer.allocUnsafeSlow(Math.max(firstGathered, here, ahead)),
      length: 0,
    }
    return this.#gather(this.#gathering)
  }

  #gather(frame: Gathering): AvroFrame | undefined {
    const chunk = this.#chunk
    while (this.#at < chunk.length) {
      if (frame.bytesLeft > 0) this.#gatherBytes(frame)
      else if (!this.#gatherWord(frame)) return undefined
      if (frame.hasHead && frame.buffersLeft === 0 && frame.bytesLeft === 0) {
        this.#gathering = undefined
        this.#lastLength = frame.length
        return { serial: frame.serial, bytes: frame.payload, start: 0, end: frame.length }
      }
    }
    return undefined
  }

  #gatherBytes(frame: Gathering): void {
    const length = Math.min(frame.bytesLeft, this.#chunk.length - this.#at)
    if (frame.payload.length - frame.length < length) {
      const larger = Math.max(frame.length + length, frame.payload.length * 2, firstGathered)
      const payload = Buffer.allocUnsafeSlow(Math.min(larger, Math.max(this.#mostBytes, frame.length + length)))
      frame.payload.copy(payload, 0, 0, frame.length)
      frame.payload = payload
    }
    this.#chunk.copy(frame.payload, frame.length, this.#at, this.#at + length)
    frame.length += length
    frame.bytesLeft -= length
    this.#at += length
  }

  /** The head, or the length of the next buffer. @returns whether it is whole */
  #gatherWord(frame: Gathering): boolean {
    const needed = frame.hasHead ? lengthBytes : headBytes
    const length = Math.min(needed - frame.words, this.#chunk.length - this.#at)
    this.#chunk.copy(frame.word, frame.words, this.#at, this.#at + length)
    this.#at += length
    frame.words += length
    if (frame.words < needed) return false
    frame.words = 0
    frame.wireBytes += needed
    if (frame.hasHead) {
      frame.bytesLeft = frame.word.readInt32BE(0)
      frame.wireBytes += frame.bytesLeft
      frame.buffersLeft--
      this.#checkSize(frame.bytesLeft, frame.wireBytes)
    } else {
      frame.serial = frame.word.readInt32BE(0)
      frame.buffersLeft = frame.word.readInt32BE(4)
      frame.hasHead = true
      this.#checkCount(frame.buffersLeft)
    }
    return true
  }

  #checkCount(buffers: number): void {
    if (buffers < 1) throw new AvroRpcError(`a frame of ${buffers} buffers`)
    if (buffers * lengthBytes > this.#mostBytes) throw this.#tooLarge()
  }

  #checkSize(length: number, wireBytes: number): void {
    if (length < 0) throw new AvroRpcError(`a buffer of ${length} bytes`)
    if (wireBytes > this.#mostBytes) throw this.#tooLarge()
  }

  #tooLarge(): AvroRpcError {
    return new AvroRpcError(`a frame has more than ${this.#mostBytes} bytes`)
  }
}

/** Moves the buffers that begin at `at` together; the first, which is small, moves to the second. */
function join(chunk: Buffer, at: number, buffers: number): readonly [start: number, end: number] {
  const first = chunk.readInt32BE(at)
  let start = at + lengthBytes
  let end = start + first
  let from = end
  for (let index = 1; index < buffers; index++) {
    const length = chunk.readInt32BE(from)
    const begin = from + lengthBytes
    if (index === 1) {
      chunk.copyWithin(start + lengthBytes, start, end)
      start += lengthBytes
      end = begin + length
    } else {
      chunk.copyWithin(end, begin, begin + length)
      end += length
    }
    from = begin + length
  }
  return [start, end]
}

/** A frame of these buffers. */
export function frameOf(serial: number, buffers: readonly Uint8Array[]): Buffer {
  let length = headBytes
  for (const buffer of buffers) length += lengthBytes + buffer.length
  const frame = Buffer.allocUnsafe(length)
  frame.writeInt32BE(serial, 0)
  frame.writeInt32BE(buffers.length, 4)
  let at = headBytes
  for (const buffer of buffers) {
    at = frame.writeInt32BE(buffer.length, at)
    frame.set(buffer, at)
    at += buffer.length
  }
  return frame
}

/** Room for the words of a frame of one buffer, which stands behind it. */
export const frameHead: Bytes = Buffer.alloc(headBytes + lengthBytes)

/**
 * @param bytes `frameHead` and a buffer, which become a frame
 * @param more bytes of the same buffer, which are sent behind
 */
export function sealedFrame(bytes: Bytes, serial: number, more = 0): Bytes {
  const words = new DataView(bytes.buffer, bytes.byteOffset, frameHead.length)
  words.setInt32(0, serial)
  words.setInt32(4, 1)
  words.setInt32(headBytes, bytes.length - frameHead.length + more)
  return bytes
}
