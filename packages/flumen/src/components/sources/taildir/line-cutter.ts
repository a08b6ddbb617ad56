import type { Charset } from '../../../text/java-charset.ts'
import { asItStands, type LineEncoding, lineEncoding } from '../../../text/line-encoding.ts'
import type { LineJoining } from '../../lines/joining.ts'
import { type FoundLines, findLines, joinFound, type LinesRules } from './lines.ts'
import type { TailedFile } from './tailed-file.ts'

export interface LineCutterOptions {
  /** Most lines of one file before the next one has its turn. */
  readonly maxLines: number
  readonly maxLineLength: number
  readonly longLines: 'split' | 'truncate'
  /** Undefined: bytes as they stand. */
  readonly inputCharset: Charset | undefined
  readonly joining: LineJoining | undefined
  /** Ms that an event waits for more lines. */
  readonly joinTimeout: number
}

export interface CutLines extends FoundLines {
  readonly encoding: LineEncoding
}

/** Cuts what was read of a file into events. */
export class LineCutter {
  readonly #options: LineCutterOptions

  constructor(options: LineCutterOptions) {
    this.#options = options
  }

  /**
   * @param chunk what stands from the file's position on
   * @param size bytes of the whole content
   * @param isFull the chunk is as long as chunks get: what fills it is cut
   */
  async cut(file: TailedFile, descriptor: number, chunk: Buffer, size: number, isFull: boolean): Promise<CutLines> {
    const { joining, longLines, maxLineLength: maxLength } = this.#options
    const { pos } = file.place
    const { encoding, markLength } = await this.#encodingOf(file, descriptor, chunk)
    const isLast = pos + chunk.length === size
    const isWhole = isLast && (file.takesRest || file.isArchive)
    const rules: LinesRules = { maxLines: this.#mostLines(), maxLength, longLines, encoding }
    const lines = findLines(chunk, rules, isWhole, file.isInLongLine)
    if (pos === 0 && lines.start.length > 0) lines.start[0] = Math.min(markLength, lines.end[0] ?? 0)
    if (!joining || lines.start.length === 0) return { ...lines, encoding }
    const isFinal = isWhole || isFull || (isLast && file.isQuiet)
    const joined = joinFound(chunk, lines, joining, encoding, isFinal)
    file.isJoining = joined.consumed < lines.consumed
    return { ...joined, encoding }
  }

  /** Marks of events take a look at the line after the last one. */
  #mostLines(): number {
    const { joining, maxLines } = this.#options
    return joining ? Math.max(maxLines, joining.maxLines + 1) : maxLines
  }

  async #encodingOf(
    file: TailedFile,
    descriptor: number,
    chunk: Buffer,
  ): Promise<{ readonly encoding: LineEncoding; readonly markLength: number }> {
    const { inputCharset } = this.#options
    if (!inputCharset) return { encoding: asItStands, markLength: 0 }
    const first = file.place.pos === 0 ? chunk : await file.bytes(descriptor, 0, 4)
    return lineEncoding(inputCharset, first.subarray(0, 4))
  }
}
