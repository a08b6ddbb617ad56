import { EventBatch, Part } from '../../core/index.ts'

export interface LineRules {
  /** `any`: a line ends with `\n`, `\r` or `\r\n`, as for Java's BufferedReader. */
  readonly ends: 'lf' | 'any'
  /** Longest line without its end, in bytes or in what `measure` counts. */
  readonly maxLength: number
  /** What becomes of a longer one: cut into pieces of at most that many bytes, or the end of all reading. */
  readonly overlong: 'cut' | 'stop'
  /** Length of a line in another unit than bytes (never more than bytes), for `stop`. Asked only where it matters. */
  readonly measure?: (bytes: Buffer, start: number, end: number) => number
}

/** Lines that lie in one slab: line `i` is `slab[start[i] .. end[i])`, its end not included. */
export interface LineSlice {
  readonly slab: Buffer
  readonly start: ArrayLike<number>
  readonly end: ArrayLike<number>
  /** Sum of the lengths, where it is known. */
  readonly bodyBytes?: number | undefined
}

export interface Lines {
  /** In order, none is empty. Lines that a chunk holds whole lie in the chunk; one across a border was copied. */
  readonly slices: readonly LineSlice[]
  /** The next line is longer than the rules allow and they say `stop`: it and all that follows is thrown away. */
  readonly overlong: boolean
}

const nothing: Lines = { slices: [], overlong: false }
const stopped: Lines = { slices: [], overlong: true }
const noBytes = Buffer.alloc(0)
const lineFeed = 10
const carriageReturn = 13
/** A buffer for an unfinished line that grew larger than this is not kept for the next one. */
const keptBytes = 4096

/**
 * Cuts a stream of bytes into lines, a chunk at a time, and into the same lines however the stream is chunked. Holds
 * nothing but the beginning of a line whose end has not come, a chunk more than its greatest length at most.
 */
export class LineSplitter {
  readonly #rules: LineRules
  #partial = noBytes
  #partialBytes = 0
  /** Bytes that the unfinished line must have before it can be too long. */
  #longFrom: number
  #afterCarriageReturn = false
  #stopped = false

  constructor(rules: LineRules) {
    this.#rules = rules
    this.#longFrom = rules.maxLength + 1
  }

  /** Bytes held of the line whose end has not come. */
  get partialBytes(): number {
    return this.#partialBytes
  }

  /** The lines that end in this chunk. The chunk belongs to them from now on. */
  split(chunk: Buffer): Lines {
    if (this.#stopped) return stopped
    if (chunk.length === 0) return nothing
    const from = this.#afterCarriageReturn && chunk[0] === lineFeed ? 1 : 0
    const ends = this.#rules.ends === 'any' ? new AnyLineEnd(chunk) : undefined
    this.#afterCarriageReturn = ends !== undefined && chunk[chunk.length - 1] === carriageReturn
    const slices: LineSlice[] = []
    let at = from
    if (this.#partialBytes > 0) {
      const end = ends ? ends.next(from) : chunk.indexOf(lineFeed, from)
      this.#goOn(chunk, from, end, slices)
      at = end < 0 ? chunk.length : ends ? ends.after(end) : end + 1
    }
    if (!this.#stopped && at < chunk.length) this.#scan(chunk, at, ends, slices)
    return { slices, overlong: this.#stopped }
  }

  /** The line at the end of the input that had no end; `undefined` where there is none. Nothing is held any more. */
  rest(): Buffer | undefined {
    if (this.#partialBytes === 0) return undefined
    const line = this.#takePartial()
    this.#afterCarriageReturn = false
    return line
  }

  /** Lines that begin in this chunk. */
  #scan(chunk: Buffer, from: number, ends: AnyLineEnd | undefined, slices: LineSlice[]): void {
    const { maxLength } = this.#rules
    found.clear()
    let at = from
    for (;;) {
      const end = ends ? ends.next(at) : chunk.indexOf(lineFeed, at)
      if (end < 0) break
      if (end - at > maxLength) at = this.#longLine(chunk, at, end)
      if (this.#stopped) break
      found.add(at, end)
      at = ends ? ends.after(end) : end + 1
    }
    this.#longFrom = maxLength + 1
    if (!this.#stopped && chunk.length - at > maxLength) at = this.#longLine(chunk, at, chunk.length)
    if (!this.#stopped) this.#append(chunk, at, chunk.length)
    found.addTo(slices, chunk)
  }

  /** Goes on with the line that earlier chunks began. */
  #goOn(chunk: Buffer, from: number, end: number, slices: LineSlice[]): void {
    this.#append(chunk, from, end < 0 ? chunk.length : end)
    const isLong = this.#partialBytes >= this.#longFrom
    if (end < 0 && !isLong) return
    const slab = this.#takePartial()
    found.clear()
    const at = isLong ? this.#longLine(slab, 0, slab.length) : 0
    if (this.#stopped) return
    if (end >= 0) found.add(at, slab.length)
    else this.#append(slab, at, slab.length)
    found.addTo(slices, slab)
  }

  /** Of a line (or what has come of it) with more bytes than the greatest length: where its last piece begins. */
  #longLine(slab: Buffer, start: number, end: number): number {
    const { overlong, maxLength, measure } = this.#rules
    if (overlong === 'stop') {
      const length = measure ? measure(slab, start, end) : end - start
      this.#longFrom = end - start + maxLength - length + 1
      if (length > maxLength) this.#stop()
      return start
    }
    let at = start
    while (end - at > maxLength) {
      const cut = cutBefore(slab, at, maxLength)
      found.add(at, cut)
      at = cut
    }
    return at
  }

  #append(bytes: Buffer, from: number, to: number): void {
    const length = this.#partialBytes + to - from
    if (length > this.#partial.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(128, 2 ** Math.ceil(Math.log2(length))))
      larger.set(this.#partial.subarray(0, this.#partialBytes))
      this.#partial = larger
    }
    this.#partial.set(bytes.subarray(from, to), this.#partialBytes)
    this.#partialBytes = length
  }

  /** The unfinished line in memory of its own; nothing is held any more. */
  #takePartial(): Buffer {
    const bytes = Buffer.allocUnsafeSlow(this.#partialBytes)
    bytes.set(this.#partial.subarray(0, this.#partialBytes))
    this.#partialBytes = 0
    if (this.#partial.length > keptBytes) this.#partial = noBytes
    return bytes
  }

  #stop(): void {
    this.#stopped = true
    this.#partial = noBytes
    this.#partialBytes = 0
  }
}

/** A batch over the slabs of lines, without headers. */
export function batchOfLines({ slices }: Pick<Lines, 'slices'>, arrivedAt: number): EventBatch {
  if (slices.length === 0) return EventBatch.empty
  return new EventBatch(
    slices.map(({ slab, start, end, bodyBytes }) => new Part({ arrivedAt, slab, start, end, bodyBytes })),
  )
}

/** Where a piece of at most so many bytes ends: before a character of UTF-8 that would be cut. */
function cutBefore(bytes: Buffer, start: number, maxLength: number): number {
  const cut = start + maxLength
  for (let at = cut; at > start && at > cut - 4; at--) if ((bytes[at]! & 0xc0) !== 0x80) return at
  return cut
}

/** Finds the nearest `\n` or `\r`; each of the two is looked for once, however often one of the other kind comes. */
class AnyLineEnd {
  readonly #chunk: Buffer
  #lineFeed = -2
  #carriageReturn = -2

  constructor(chunk: Buffer) {
    this.#chunk = chunk
  }

  next(from: number): number {
    if (this.#lineFeed !== -1 && this.#lineFeed < from) this.#lineFeed = this.#chunk.indexOf(lineFeed, from)
    if (this.#carriageReturn !== -1 && this.#carriageReturn < from) {
      this.#carriageReturn = this.#chunk.indexOf(carriageReturn, from)
    }
    if (this.#lineFeed < 0) return this.#carriageReturn
    return this.#carriageReturn < 0 ? this.#lineFeed : Math.min(this.#lineFeed, this.#carriageReturn)
  }

  /** Where the line after this end begins. */
  after(end: number): number {
    return this.#chunk[end] === carriageReturn && this.#chunk[end + 1] === lineFeed ? end + 2 : end + 1
  }
}

/** Offsets of the lines of one chunk; one list for all, as nothing waits between `clear` and `addTo`. */
class FoundLines {
  #start = new Uint32Array(1024)
  #end = new Uint32Array(1024)
  #length = 0
  #bytes = 0

  clear(): void {
    this.#length = 0
    this.#bytes = 0
  }

  add(start: number, end: number): void {
    if (this.#length === this.#start.length) this.#grow()
    this.#start[this.#length] = start
    this.#end[this.#length++] = end
    this.#bytes += end - start
  }

  addTo(slices: LineSlice[], slab: Buffer): void {
    const length = this.#length
    const bodyBytes = this.#bytes
    if (length === 1) slices.push({ slab, start: [this.#start[0]!], end: [this.#end[0]!], bodyBytes })
    else if (length > 1) {
      slices.push({ slab, start: this.#start.slice(0, length), end: this.#end.slice(0, length), bodyBytes })
    }
  }

  #grow(): void {
    const [start, end] = [this.#start, this.#end]
    this.#start = new Uint32Array(start.length * 2)
    this.#end = new Uint32Array(end.length * 2)
    this.#start.set(start)
    this.#end.set(end)
  }
}

const found = new FoundLines()
