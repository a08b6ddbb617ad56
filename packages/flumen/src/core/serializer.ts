import type { ComponentContext } from './context.ts'
import type { Bytes } from './event.ts'
import type { EventBatch } from './event-batch.ts'

/**
 * Turns batches into the bytes of one file or stream. One instance a file. Bytes that it gave away are never written
 * again, and after a flush nothing of earlier batches is left in it: a batch whose bytes could not be written is
 * serialized again, by the same instance.
 */
export interface EventSerializer {
  /** Whether `begin` may be left out when a file is appended to. */
  readonly reopenable: boolean
  /** What stands first in a file; asked again while nothing could be written. */
  begin(): Bytes | undefined
  write(batch: EventBatch, out: (bytes: Bytes) => void): void
  /** Called at the end of each batch; compression may take time, nothing else is called meanwhile. */
  flush(): Bytes | undefined | Promise<Bytes | undefined>
  /** What stands last. */
  end(): Bytes | undefined
}

/** What a deserializer is told of its input, beside its own options. */
export interface DeserializerContext extends ComponentContext {
  /** Java's name of the input's character set. Formats that are not text take no notice of it. */
  readonly charset: string
  /** What becomes of bytes that the character set does not have: a problem, U+FFFD, nothing. */
  readonly onMalformed: 'FAIL' | 'REPLACE' | 'IGNORE'
  /** Flume's old key beside the deserializer's own: it wins where it is written. */
  readonly bufferMaxLineLength?: number | undefined
}

/**
 * Turns the bytes of one file into batches. One instance a file. It keeps nothing of a chunk: what it did not consume is
 * shown to it again at the beginning of the next one.
 */
export interface EventDeserializer {
  /** Whether it may begin at any offset that it gave; otherwise it must see the file from its start. */
  readonly seeks: boolean
  /** Flume's tracker says offsets that are so many bytes less; none unless given. */
  readonly flumeLead?: number
  /** A compressed file is content as it is, unless the configuration says how it is compressed. */
  readonly takesCompressed?: boolean
  /**
   * @param chunk belongs to the rows from now on. It grows where nothing was consumed of it.
   * @param last the input ends with this chunk: all of it is consumed, or there is a problem
   */
  decode(chunk: Bytes, last: boolean): Decoded | Promise<Decoded>
}

export interface Decoded {
  readonly batch: EventBatch
  /**
   * `ends[i]`: so many bytes of the chunk are done with once rows 0 to i are stored. -1: none, as the row stands within
   * something that is only decoded as a whole; its place is then the end before it and how many rows follow that.
   */
  readonly ends: ArrayLike<number>
  /** Rows of the batch that are no good: they are rejected one by one, the others go on. Ascending. */
  readonly rejected?: readonly { readonly row: number; readonly reason: string }[]
  /** Bytes at the beginning of the chunk that are not shown again. */
  readonly consumed: number
  /** Why what follows the consumed bytes cannot be decoded. Nothing is decoded any more. */
  readonly problem?: string
}

/** Turns a group of a regular expression into a header value (regex_extractor). `undefined`: the header is not set. */
export interface ExtractorSerializer {
  /** @throws an Error whose message is the reason to reject the row */
  serialize(value: string): string | undefined
}

/** Names the files of file_roll. */
export interface PathManager {
  /** Name of the next file, without directory. @param now ms since the epoch */
  nextName(now: number): string
}
