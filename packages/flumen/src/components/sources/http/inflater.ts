import { promisify } from 'node:util'
import {
  constants,
  gunzip,
  gunzipSync,
  inflate,
  inflateRaw,
  inflateRawSync,
  inflateSync,
  zstdDecompress,
  zstdDecompressSync,
} from 'node:zlib'
import { BadRequestError, codeOf, messageOf } from '../../../core/index.ts'

export type Coding = 'gzip' | 'deflate' | 'zstd'

/** What a client may write in `Accept-Encoding` of an answer. */
export const codings = 'gzip, deflate, zstd'

/** A body is larger than it may be, or grows more than it may when it is decompressed. */
export class BodyTooLargeError extends Error {}

/** How a body is compressed; undefined: not at all. `unknown`: in another way, or in several. */
export function codingOf(header: string | undefined): Coding | 'unknown' | undefined {
  switch (header?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity':
      return undefined
    case 'gzip':
    case 'x-gzip':
      return 'gzip'
    case 'deflate':
      return 'deflate'
    case 'zstd':
      return 'zstd'
    default:
      return 'unknown'
  }
}

const noBytes = Buffer.alloc(0)

interface Limits {
  readonly maxOutputLength: number
  readonly chunkSize: number
}

interface Method {
  now(body: Buffer, limits: Limits): Buffer
  later(body: Buffer, limits: Limits, done: (error: Error | null, result: Buffer) => void): void
}

/** 8 MiB, as RFC 8878 has it; a frame may ask for gigabytes. */
const zstdParams = { [constants.ZSTD_d_windowLogMax]: 23 }
const methods = {
  gzip: { now: gunzipSync, later: gunzip },
  zlib: { now: inflateSync, later: inflate },
  raw: { now: inflateRawSync, later: inflateRaw },
  zstd: { now: unpackFrames, later: unpackFramesLater },
} satisfies Record<string, Method>

/** What Node answers with `info`; its types do not know it. */
interface Unpacked {
  readonly buffer: Buffer
  /** `bytesWritten`: what it has taken of its input. */
  readonly engine: { readonly bytesWritten: number }
}

/** A body may be several frames, as many as this; Node ends with the first one and says nothing of the others. */
const mostFrames = 1000

class Frames {
  readonly #chunkSize: number
  #left: number
  #rest: Buffer
  readonly #contents: Buffer[] = []

  constructor(body: Buffer, { maxOutputLength, chunkSize }: Limits) {
    this.#rest = body
    this.#left = maxOutputLength
    this.#chunkSize = chunkSize
  }

  get next(): Buffer {
    return this.#rest
  }

  get options(): Limits & { readonly info: true; readonly params: typeof zstdParams } {
    return { maxOutputLength: this.#left, chunkSize: this.#chunkSize, params: zstdParams, info: true }
  }

  /** @returns whether that was the last one */
  take(unpacked: unknown): boolean {
    const { buffer, engine } = unpacked as Unpacked
    this.#contents.push(buffer)
    this.#left -= buffer.length
    this.#rest = this.#rest.subarray(engine.bytesWritten)
    if (this.#rest.length === 0) return true
    if (this.#left <= 0) throw Object.assign(new RangeError('no room for more'), { code: 'ERR_BUFFER_TOO_LARGE' })
    if (this.#contents.length === mostFrames) throw new Error(`it has more than ${mostFrames} frames`)
    return false
  }

  get content(): Buffer {
    return this.#contents.length === 1 ? this.#contents[0]! : Buffer.concat(this.#contents)
  }
}

function unpackFrames(body: Buffer, limits: Limits): Buffer {
  const frames = new Frames(body, limits)
  while (!frames.take(zstdDecompressSync(frames.next, frames.options)));
  return frames.content
}

function unpackFramesLater(body: Buffer, limits: Limits, done: (error: Error | null, result: Buffer) => void): void {
  const frames = new Frames(body, limits)
  const unpack = promisify<Buffer, Limits, unknown>(zstdDecompress)
  const all = async (): Promise<Buffer> => {
    while (!frames.take(await unpack(frames.next, frames.options)));
    return frames.content
  }
  all().then(
    (content) => done(null, content),
    (error: Error) => done(error, noBytes),
  )
}

/** Bodies up to this size are decompressed at once; for others a thread is cheaper than the wait of all. */
const atOnceBytes = 16_384
/** A body may always grow to this size, whatever its ratio. */
const freeBytes = 1_048_576
/** Bodies in work at once by threads; the others wait. */
const threads = 2

/** Decompresses bodies within bounds of size and of ratio; both are watched while they grow. */
export class Inflater {
  readonly #maxBytes: number
  readonly #maxRatio: number
  #working = 0
  readonly #waiting: (() => void)[] = []

  constructor(maxBytes: number, maxRatio: number) {
    this.#maxBytes = maxBytes
    this.#maxRatio = maxRatio
  }

  /** @throws BodyTooLargeError, or BadRequestError for what is not compressed so */
  inflate(coding: Coding, body: Buffer): Buffer | Promise<Buffer> {
    const most = Math.min(this.#maxBytes, Math.max(freeBytes, body.length * this.#maxRatio))
    const method = methods[coding === 'deflate' ? (isZlib(body) ? 'zlib' : 'raw') : coding]
    if (body.length > atOnceBytes) return this.#inThread(method, body, most, coding)
    try {
      const grown = Math.min(most, body.length * usualRatio)
      return ownBuffer(method.now(body, { maxOutputLength: most, chunkSize: Math.max(1024, grown) }))
    } catch (error) {
      throw meaning(error, coding, most)
    }
  }

  async #inThread(method: Method, body: Buffer, maxOutputLength: number, coding: Coding): Promise<Buffer> {
    if (this.#working === threads) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#working++
    try {
      return await new Promise((resolve, reject) => {
        method.later(body, { maxOutputLength, chunkSize: 65_536 }, (error, result) => {
          if (error) reject(meaning(error, coding, maxOutputLength))
          else resolve(ownBuffer(result))
        })
      })
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#working--
    }
  }
}

/** For the size of the first buffer: log lines grow about so. */
const usualRatio = 16

function meaning(error: unknown, coding: Coding, most: number): Error {
  if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') {
    return new BodyTooLargeError(`the body has more than ${most} bytes when it is decompressed`)
  }
  return new BadRequestError(`the body is not compressed with ${coding}: ${messageOf(error)}`)
}

/** With the header of RFC 1950; some clients send what `deflate` says literally, RFC 1951 alone. */
function isZlib(body: Buffer): boolean {
  return body.length >= 2 && (body[0]! & 0x0f) === 8 && ((body[0]! << 8) | body[1]!) % 31 === 0
}

/** The bytes in memory of their own, and no more of it. */
export function ownBuffer(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength === bytes.length) return bytes
  const own = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(own)
  return own
}
