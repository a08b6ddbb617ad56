import type { FileHandle } from 'node:fs/promises'
import { Readable, type Transform } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ZstdFrames } from '../../../protocols/zstd-frames.ts'
import { Bzip2Stream } from './bzip2-stream.ts'

export const compressions = ['gzip', 'zstd', 'bzip2'] as const
export type Compression = (typeof compressions)[number]

/** The content of a file, in pieces. */
export interface ByteSource {
  /** Fills the buffer from `at` on. @returns how many bytes; 0 at the end. @throws BadContentError */
  readInto(buffer: Buffer, at: number): Promise<number>
  close(): void
}

/** The content is not what it should be; reading it again does not help. */
export class BadContentError extends Error {}

interface Format {
  readonly endings: readonly string[]
  readonly magic: Buffer
  decompressor(): Transform
}

const formats: Readonly<Record<Compression, Format>> = {
  gzip: { endings: ['.gz'], magic: Buffer.from('1f8b08', 'hex'), decompressor: createGunzip },
  zstd: { endings: ['.zst', '.zstd'], magic: Buffer.from('28b52ffd', 'hex'), decompressor: () => new ZstdFrames() },
  bzip2: { endings: ['.bz2'], magic: Buffer.from('BZh'), decompressor: () => new Bzip2Stream() },
}

/** Bytes of a file that say how it is compressed. */
export const magicBytes = 4

/** How a file is compressed, which both its name and its content must say. */
export function compressionOf(name: string, head: Buffer): Compression | undefined {
  return compressions.find((each) => hasEnding(name, each) && hasMagic(head, each))
}

/** A compression that only the content says. */
export function hiddenCompression(head: Buffer): Compression | undefined {
  return compressions.find((each) => hasMagic(head, each))
}

function hasEnding(name: string, compression: Compression): boolean {
  return formats[compression].endings.some((ending) => name.toLowerCase().endsWith(ending))
}

function hasMagic(head: Buffer, compression: Compression): boolean {
  const { magic } = formats[compression]
  return magic.equals(head.subarray(0, magic.length))
}

/** The bytes of a file from an offset to what its size was when it was opened. */
export class PlainSource implements ByteSource {
  readonly #file: FileHandle
  readonly #size: number
  #at: number

  constructor(file: FileHandle, from: number, size: number) {
    this.#file = file
    this.#at = from
    this.#size = size
  }

  async readInto(buffer: Buffer, at: number): Promise<number> {
    const wanted = Math.min(buffer.length - at, this.#size - this.#at)
    if (wanted <= 0) return 0
    const { bytesRead } = await this.#file.read(buffer, at, wanted, this.#at)
    this.#at += bytesRead
    return bytesRead
  }

  close(): void {}
}

/** What a compressed file holds. */
export class UnpackedSource implements ByteSource {
  readonly #compression: Compression
  readonly #packed: Readable
  readonly #unpacked: Transform
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)
  /** Reading the file itself failed. */
  #failure: unknown

  constructor(file: FileHandle, size: number, compression: Compression) {
    this.#compression = compression
    const packed = Readable.from(packedChunks(new PlainSource(file, 0, size)), { objectMode: false })
    const unpacked = formats[compression].decompressor()
    packed.on('error', (error) => {
      this.#failure = error
      unpacked.destroy(error)
    })
    this.#packed = packed
    this.#unpacked = unpacked
    this.#chunks = packed.pipe(unpacked)[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  async readInto(buffer: Buffer, at: number): Promise<number> {
    if (this.#rest.length === 0) {
      try {
        const { value, done } = await this.#chunks.next()
        if (done) return 0
        this.#rest = value
      } catch (error) {
        if (this.#failure !== undefined) throw this.#failure
        throw new BadContentError(`it is no whole ${this.#compression} file: ${(error as Error).message}`)
      }
    }
    const copied = this.#rest.copy(buffer, at)
    this.#rest = this.#rest.subarray(copied)
    return copied
  }

  close(): void {
    this.#packed.destroy()
    this.#unpacked.destroy()
  }
}

async function* packedChunks(source: PlainSource): AsyncGenerator<Buffer> {
  for (;;) {
    const buffer = Buffer.allocUnsafeSlow(65_536)
    const length = await source.readInto(buffer, 0)
    if (length === 0) return
    yield buffer.subarray(0, length)
  }
}
