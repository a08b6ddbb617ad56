import { createReadStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { isUnpackingError, packingOf, type ReadPacking, unpackingOf } from '../../protocols/archives.ts'
import { digestOf, type FilePosition, type Fingerprint } from '../../protocols/tail-positions/index.ts'
import { type EncodingOf, LineCounter } from './line-counter.ts'

/** What is packed in an archive, read once. */
export interface Unpacked {
  readonly bytes: number
  /** A last one without an end counts. */
  readonly lines: number
  /** Positions of which the content up to there stands at its start, with the lines before. */
  readonly fitting: ReadonlyMap<FilePosition, number>
}

const chunkSize = 256 * 1024

/** Undefined: it is no archive, or one that TAILDIR does not read either. */
export async function packingOfFile(file: FileHandle): Promise<ReadPacking | undefined> {
  const first = Buffer.alloc(8)
  await file.read(first, 0, first.length, 0)
  const packing = packingOf(first)
  return packing === 'other' ? undefined : packing
}

export interface Archive {
  readonly path: string
  readonly packing: ReadPacking
  readonly encodingOf: EncodingOf
}

/** Unpacks it to nowhere, a chunk at a time. Undefined: it is damaged, or not whole yet. */
export async function unpack(
  { path, packing, encodingOf }: Archive,
  positions: readonly FilePosition[],
): Promise<Unpacked | undefined> {
  const places = positions.map((position) => new Place(position))
  const file = createReadStream(path, { highWaterMark: chunkSize })
  const stream = unpackingOf(packing, chunkSize)
  file.on('error', (error) => stream.destroy(error))
  let bytes = 0
  let counter: LineCounter | undefined
  try {
    for await (const piece of file.pipe(stream)) {
      const chunk = piece as Buffer
      counter ??= new LineCounter(encodingOf(chunk))
      for (const place of places) place.take(chunk, bytes, counter)
      counter.add(chunk)
      bytes += chunk.length
    }
  } catch (error) {
    if (isUnpackingError(error)) return undefined
    throw error
  } finally {
    file.destroy()
    stream.destroy()
  }
  const fitting = places.flatMap(({ position, linesBefore, fits }) => (fits ? [[position, linesBefore] as const] : []))
  return { bytes, lines: counter?.lines ?? 0, fitting: new Map(fitting) }
}

/** Whether content is that of a position, as it comes. */
class Place {
  readonly position: FilePosition
  linesBefore = 0
  readonly #head: Range
  readonly #anchor: Range
  #isReached: boolean

  constructor(position: FilePosition) {
    const { pos, head, anchor } = position
    this.position = position
    this.#isReached = pos === 0
    this.#head = new Range(0, head)
    this.#anchor = new Range(pos - anchor.length, anchor)
  }

  get fits(): boolean {
    return this.#isReached && this.#head.isThere && this.#anchor.isThere
  }

  /** @param at where the chunk stands @param counter of what stands before it */
  take(chunk: Buffer, at: number, counter: LineCounter): void {
    if (this.#isReached) return
    this.#head.take(chunk, at)
    this.#anchor.take(chunk, at)
    const { pos } = this.position
    if (pos > at + chunk.length) return
    this.#isReached = true
    this.linesBefore = counter.linesWith(chunk.subarray(0, pos - at))
  }
}

/** The bytes of a fingerprint. */
class Range {
  readonly #from: number
  readonly #bytes: Buffer
  readonly #digest: string
  #filled = 0

  constructor(from: number, { length, digest }: Fingerprint) {
    this.#from = from
    this.#bytes = Buffer.alloc(length)
    this.#digest = digest
  }

  get isThere(): boolean {
    const { length } = this.#bytes
    return length === 0 || (this.#filled === length && digestOf(this.#bytes) === this.#digest)
  }

  take(chunk: Buffer, at: number): void {
    const next = this.#from + this.#filled
    if (this.#filled === this.#bytes.length || next < at || next >= at + chunk.length) return
    this.#filled += chunk.copy(this.#bytes, this.#filled, next - at)
  }
}
