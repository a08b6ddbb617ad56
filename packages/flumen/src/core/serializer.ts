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

/** Turns the bytes of a file into batches. */
export interface EventDeserializer {
  /** `positions[i]`: input offset that a tracker may store once rows 0 to i are in. */
  decode(chunk: Bytes, last: boolean): { readonly batch: EventBatch; readonly positions: Float64Array }
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
