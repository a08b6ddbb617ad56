import type { EventBatch, Origin, Range } from '../../core/index.ts'
import { writeBatch } from '../format/batch.ts'
import { ByteWriter } from '../format/byte-writer.ts'
import { recordHeaderBytes } from '../format/record.ts'
import type { Acknowledgement } from '../log.ts'
import type { GroupAnswer, LogPort } from '../thread/log-port.ts'

/** How a put ends; called before its promise is settled. */
export interface PutEnd {
  /** In the order of the positions. */
  stored(position: number, bytes: number): void
  /** Nothing of it is stored. */
  refused(): void
}

interface WaitingPut {
  readonly end: PutEnd
  readonly events: number
  readonly bytes: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

interface Group {
  readonly writer: ByteWriter
  /** Offset, bytes of the payload and events of each put. */
  readonly puts: number[]
  readonly origins: [put: number, origin: Origin][]
  readonly waiting: WaitingPut[]
  readonly acknowledgements: Acknowledgement[]
  readonly acknowledged: (() => void)[]
}

/** A group is closed when it has so much; the next one waits behind it. */
const groupBytes = 4 << 20
/** Memory of a group that is used again. */
const mostKeptBytes = 8 << 20
const mostKept = 3

/**
 * Group commit: one group of puts and acknowledgements is with the log; all that come meanwhile join the next one. A
 * put is copied into its group at once, so that its slabs may go.
 */
export class GroupWriter {
  readonly #onStored: () => void
  #port: LogPort | undefined
  #open: Group | undefined
  readonly #full: Group[] = []
  readonly #buffers: ArrayBuffer[] = []
  #isBusy = false
  #isScheduled = false
  #idle: (() => void)[] = []
  /** Acknowledgements whose thread has ended before it answered. */
  #unsure: Acknowledgement[] = []

  /** @param onStored called when all puts of a group have been told that they are stored */
  constructor(onStored: () => void) {
    this.#onStored = onStored
  }

  /** Acknowledgements that the log does not know of yet: what a new thread will be told. */
  get untold(): readonly Acknowledgement[] {
    return [this.#open, ...this.#full].flatMap((group) => group?.acknowledgements ?? []).concat(this.#unsure)
  }

  /** Writes to this log from now on. */
  attach(port: LogPort): void {
    this.#port = port
    if (this.#unsure.length > 0) {
      const unsure = this.#unsure
      this.#unsure = []
      this.#group().acknowledgements.push(...unsure)
    }
    this.#schedule()
  }

  /** The thread has ended: waiting puts fail with its error. */
  detach(error: unknown): void {
    this.#port = undefined
    const groups = [...this.#full.splice(0), ...(this.#open ? [this.#open] : [])]
    this.#open = undefined
    for (const group of groups) {
      this.#unsure.push(...group.acknowledgements)
      refuse(group, error)
      for (const resolve of group.acknowledged) resolve()
    }
    this.#tellIdle()
  }

  /** Resolves when it is durable. */
  put(batch: EventBatch, origin: Origin | undefined, end: PutEnd): Promise<void> {
    const group = this.#group()
    const { writer } = group
    const offset = writer.length
    try {
      writer.skip(recordHeaderBytes)
      writeBatch(writer, batch, origin)
    } catch (error) {
      // Too little memory, for one: the group goes on without it.
      writer.rewind(offset)
      end.refused()
      return Promise.reject(error)
    }
    const payloadBytes = writer.length - offset - recordHeaderBytes
    writer.alignTo8()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    if (origin) group.origins.push([group.waiting.length, origin])
    group.puts.push(offset, payloadBytes, batch.length)
    group.waiting.push({ end, events: batch.length, bytes: writer.length - offset, resolve, reject })
    this.#schedule()
    return promise
  }

  /** Resolves when it is written, or kept by the log until it can be. */
  acknowledge(cursor: string, ranges: readonly Range[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const group = this.#group()
    group.acknowledgements.push({ cursor, ranges })
    group.acknowledged.push(resolve)
    this.#schedule()
    return promise
  }

  /** Resolves when nothing is with the log or waits for it. */
  async drain(): Promise<void> {
    if (!this.#port || (!this.#isBusy && !this.#open && this.#full.length === 0)) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #group(): Group {
    if (this.#open && this.#open.writer.length >= groupBytes) {
      this.#full.push(this.#open)
      this.#open = undefined
    }
    this.#open ??= {
      writer: new ByteWriter(this.#buffers.pop() ?? new ArrayBuffer(64 << 10)),
      puts: [],
      origins: [],
      waiting: [],
      acknowledgements: [],
      acknowledged: [],
    }
    return this.#open
  }

  /** After what this turn of the event loop still brings. */
  #schedule(): void {
    if (this.#isBusy || this.#isScheduled || !this.#port) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      void this.#send()
    })
  }

  async #send(): Promise<void> {
    const port = this.#port
    if (!port || this.#isBusy) return
    const group = this.#full.shift() ?? this.#open
    if (!group) return
    if (group === this.#open) this.#open = undefined
    this.#isBusy = true
    const { writer, origins, acknowledgements } = group
    const puts = Uint32Array.from(group.puts)
    let answer: GroupAnswer | undefined
    try {
      answer = await port.write({ buffer: writer.buffer, length: writer.length, puts, origins, acknowledgements })
    } catch (error) {
      // The log keeps acknowledgements also where it could not write them; a thread that has ended does not.
      if (this.#port !== port) this.#unsure.push(...acknowledgements)
      refuse(group, error)
    }
    if (answer) this.#settle(group, answer)
    for (const resolve of group.acknowledged) resolve()
    this.#isBusy = false
    if (this.#open || this.#full.length > 0) this.#schedule()
    else this.#tellIdle()
  }

  #settle({ waiting }: Group, { position: first, buffer }: GroupAnswer): void {
    this.#keep(buffer)
    let position = first
    for (const { end, events, bytes } of waiting) {
      end.stored(position, bytes)
      position += events
    }
    if (waiting.length > 0) this.#onStored()
    for (const { resolve } of waiting) resolve()
  }

  #keep(buffer: ArrayBuffer): void {
    if (buffer.byteLength <= mostKeptBytes && this.#buffers.length < mostKept) this.#buffers.push(buffer)
  }

  #tellIdle(): void {
    const idle = this.#idle
    this.#idle = []
    for (const resolve of idle) resolve()
  }
}

function refuse({ waiting }: Group, error: unknown): void {
  for (const { end, reject } of waiting) {
    end.refused()
    reject(error)
  }
}
