import { Transform, type TransformCallback } from 'node:stream'
import { type Bzip2, loadBzip2 } from '../../../protocols/avro-container-bzip2.ts'

/** What begins a block, and what stands at the end of a stream before its checksum: 48 bits, at any bit. */
const blockMark = 0x314159265359n
const endMark = 0x177245385090n
/** Bits of a mark, of a checksum. */
const markBits = 48
const sumBits = 32
const headBytes = 4
/** A block of 900,000 bytes does not become larger than this by much. */
const mostBlockBytes = 1_100_000
const mostUnpacked = 900_000

/**
 * Unpacks bzip2, a block at a time, so that a file of any size takes the memory of one block. libbzip2 as it is at hand
 * unpacks whole streams only; so each block is made a stream of its own: the head, the bits of the block, and an end
 * whose checksum is that of the one block. A file may be several streams.
 */
export class Bzip2Stream extends Transform {
  #library: Bzip2 | undefined
  #input: Buffer = Buffer.alloc(0)
  /** Of the current stream; undefined: one is to begin. */
  #head: Buffer | undefined
  /** Bit of the input where the current block or end begins. */
  #bit = 0

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.#input = Buffer.concat([this.#input, chunk])
    this.#unpack(false).then(
      () => done(),
      (error: Error) => done(error),
    )
  }

  override _flush(done: TransformCallback): void {
    this.#unpack(true).then(
      () => done(),
      (error: Error) => done(error),
    )
  }

  async #unpack(last: boolean): Promise<void> {
    this.#library ??= await loadBzip2()
    while (this.#step(this.#library, last)) {
      // What one block becomes is enough for one turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** @returns whether there may be more to do */
  #step(library: Bzip2, last: boolean): boolean {
    if (!this.#head && !this.#begin(last)) return false
    const mark = bitsAt(this.#input, this.#bit, markBits)
    if (mark === endMark) return this.#end(last)
    if (mark === undefined && !last) return false
    if (mark !== blockMark) throw new Error(last ? 'the file is cut off' : 'a block does not begin where one should')
    const unpacked = this.#block(library, last)
    if (!unpacked) return false
    this.push(unpacked)
    return true
  }

  #begin(last: boolean): boolean {
    if (this.#input.length < headBytes) {
      if (last && this.#input.length > 0) throw new Error('the file is cut off')
      return false
    }
    const head = this.#input.subarray(0, headBytes)
    if (!/^BZh[1-9]$/.test(head.toString('latin1'))) throw new Error('a stream does not begin with BZh')
    this.#head = Buffer.from(head)
    this.#bit = headBytes * 8
    return true
  }

  #end(last: boolean): boolean {
    const bytes = Math.ceil((this.#bit + markBits + sumBits) / 8)
    if (bytes > this.#input.length) {
      if (last) throw new Error('the file is cut off')
      return false
    }
    this.#input = Buffer.from(this.#input.subarray(bytes))
    this.#head = undefined
    return true
  }

  /** The first of the places that look like the end of the block at which it unpacks. Undefined: more is needed. */
  #block(library: Bzip2, last: boolean): Uint8Array | undefined {
    let failure: Error | undefined
    for (let end = nextMark(this.#input, this.#bit + markBits); end >= 0; end = nextMark(this.#input, end + 1)) {
      try {
        const unpacked = library.decompress(this.#alone(end), mostUnpacked)
        const whole = Math.floor(end / 8)
        this.#input = Buffer.from(this.#input.subarray(whole))
        this.#bit = end - whole * 8
        return unpacked
      } catch (error) {
        failure = error as Error
      }
    }
    if (this.#input.length > mostBlockBytes + 65_536 || last) throw failure ?? new Error('the file is cut off')
    return undefined
  }

  /** The block up to this bit as a stream of its own. */
  #alone(end: number): Buffer {
    const sum = bitsAt(this.#input, this.#bit + markBits, sumBits) ?? 0n
    const bits = end - this.#bit
    const stream = Buffer.alloc(headBytes + Math.ceil((bits + markBits + sumBits) / 8))
    stream.set(this.#head ?? Buffer.alloc(0))
    const first = this.#bit >> 3
    const shift = this.#bit & 7
    for (let at = 0; at < Math.ceil(bits / 8); at++) {
      stream[headBytes + at] =
        ((this.#input[first + at] ?? 0) << shift) | ((this.#input[first + at + 1] ?? 0) >> (8 - shift))
    }
    putBits(stream, headBytes * 8 + bits, (endMark << BigInt(sumBits)) | sum, markBits + sumBits)
    return stream
  }
}

/** Undefined: the bytes end before. */
function bitsAt(bytes: Buffer, bit: number, count: number): bigint | undefined {
  const last = (bit + count - 1) >> 3
  if (last >= bytes.length) return undefined
  let value = 0n
  for (let at = bit >> 3; at <= last; at++) value = (value << 8n) | BigInt(bytes[at] ?? 0)
  return (value >> BigInt((last + 1) * 8 - bit - count)) & ((1n << BigInt(count)) - 1n)
}

/** Puts bits where there may be others, and zeros behind them. */
function putBits(bytes: Buffer, bit: number, value: bigint, count: number): void {
  for (let index = 0; index < count; index++) {
    const at = bit + index
    const mask = 128 >> (at & 7)
    const isSet = ((value >> BigInt(count - 1 - index)) & 1n) === 1n
    const byte = bytes[at >> 3] ?? 0
    bytes[at >> 3] = isSet ? byte | mask : byte & ~mask
  }
}

/** The first bit, from one on, at which a mark of either kind stands; -1: none that is whole. */
function nextMark(bytes: Buffer, from: number): number {
  let found = -1
  for (const { shift, middle, mark } of needles) {
    // The first bit of the middle is in the byte after the one where the mark begins.
    let at = bytes.indexOf(middle, (from >> 3) + 1)
    for (; at >= 0; at = bytes.indexOf(middle, at + 1)) {
      const bit = at * 8 - 8 + shift
      if (found >= 0 && bit >= found) break
      if (bit >= from && bitsAt(bytes, bit, markBits) === mark) {
        found = bit
        break
      }
    }
  }
  return found
}

/** For each bit of a byte at which a mark may begin: the five whole bytes (four at most shifts) in its middle. */
const needles = [blockMark, endMark].flatMap((mark) =>
  Array.from({ length: 8 }, (_, shift) => {
    const middle = Buffer.alloc(5)
    const whole = (mark >> BigInt(shift)) & 0xff_ffff_ffffn
    middle.writeUIntBE(Number(whole), 0, 5)
    return { shift, middle, mark }
  }),
)
