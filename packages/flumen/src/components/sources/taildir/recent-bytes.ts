import { crc32 } from 'node:zlib'
import { fingerprintBytes, type LineEnd } from '../../../protocols/tail-positions/index.ts'

const noBytes = Buffer.alloc(0)
/** So many bytes may be read behind the end of a copy before its original is truncated. */
const most = 8 * 1024
/** Of so many lines the ends are known again after a kill. */
const mostEnds = 64
/** Of what comes in so large pieces no line ends are kept: it grows by more than a few lines while it is copied. */
const bulk = 64 * 1024
const lineFeed = 0x0a

/** The last bytes of a file that were stored, and where lines end in them: there a copy of it may end. */
export class RecentBytes {
  #bytes: Buffer = noBytes
  #to = 0
  /** In order. */
  #ends: LineEnd[]
  /** Those of the bytes that were added last are among them. */
  #isComplete = true

  /** @param ends that were known of what was stored */
  constructor(ends: readonly LineEnd[] = []) {
    this.#ends = [...ends]
  }

  get bytes(): Buffer {
    return this.#bytes
  }

  /**
   * @param to where they end in the file
   * @param before what stands before them there, up to what one fingerprint covers
   */
  add(stored: Buffer, to: number, before: Buffer): void {
    const known = this.#bytes.length > 0 ? this.#bytes : before
    const all = stored.length >= most ? stored : Buffer.concat([known, stored])
    this.#bytes = Buffer.from(all.subarray(Math.max(0, all.length - most)))
    this.#to = to
    if (stored.length >= bulk) this.#ends = []
    this.#isComplete = stored.length >= bulk
  }

  /** It has been quiet for long, or has other content. */
  clear(): void {
    this.#bytes = noBytes
    this.#ends = []
    this.#isComplete = true
  }

  /** The last ends of lines. */
  get ends(): readonly LineEnd[] {
    if (!this.#isComplete) this.#complete()
    return this.#ends
  }

  #complete(): void {
    this.#isComplete = true
    const bytes = this.#bytes
    const from = this.#to - bytes.length
    const known = this.#ends.at(-1)?.pos ?? 0
    const ends: LineEnd[] = []
    for (let at = bytes.lastIndexOf(lineFeed) + 1; at > 0 && ends.length < mostEnds; ) {
      // All that stands before it, up to what one fingerprint covers.
      const isCovered = at >= fingerprintBytes || from === 0
      if (!isCovered || from + at <= known) break
      ends.unshift(lineEndAt(from + at, bytes.subarray(Math.max(0, at - fingerprintBytes), at)))
      at = at < 2 ? 0 : bytes.lastIndexOf(lineFeed, at - 2) + 1
    }
    this.#ends = [...this.#ends, ...ends].slice(-mostEnds)
  }
}

/** @param before the last bytes before it */
export function lineEndAt(pos: number, before: Uint8Array): LineEnd {
  return { pos, digest: crc32(before).toString(16) }
}
