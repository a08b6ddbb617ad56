// Writes what Flume's file channel writes, record by record, and knows what it should hold.
import { createCipheriv, createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Contents } from './flume-log-files.ts'

export interface WriterOptions {
  readonly directories?: number
  readonly capacity?: number
  /** A log of more bytes is rolled. */
  readonly maxFileSize?: number
  readonly encryption?: { readonly alias: string; readonly key: Uint8Array }
}

interface Log {
  readonly directory: number
  readonly records: Buffer[]
  length: number
  readonly counter: Buffer
  position: number
  order: bigint
  backupPosition: number
  backupOrder: bigint
}

/** An event that was put: its number (the body begins with it) and where it lies. */
interface Stored {
  readonly event: number
  readonly fileID: number
  readonly offset: number
}

interface OpenTransaction {
  readonly id: bigint
  readonly kind: 'put' | 'take'
  readonly events: Stored[]
}

/** A file channel with as many transactions as one likes. Numbers of events count from 0. */
export class FlumeLogWriter {
  readonly #options: Required<Omit<WriterOptions, 'encryption'>> & Pick<WriterOptions, 'encryption'>
  readonly #logs = new Map<number, Log>()
  readonly #active: number[] = []
  readonly #open = new Map<bigint, OpenTransaction>()
  #nextFileID = 1
  #clock = 1_700_000_000_000n
  #events = 0
  /** As it runs: what a sink takes next is first. */
  queue: Stored[] = []
  /** In the order of commits, without what was taken: what a replay of all logs gives. */
  #committed: Stored[] = []
  #checkpoint: Contents = new Map()
  #checkpointQueue: readonly Stored[] = []
  #checkpointTakes = new Map<bigint, readonly Stored[]>()
  hasCheckpoint = false

  constructor(options: WriterOptions = {}) {
    this.#options = { directories: 1, capacity: 1000, maxFileSize: 2 ** 30, ...options }
    for (let directory = 0; directory < this.#options.directories; directory++) this.roll(directory)
  }

  begin(kind: 'put' | 'take'): bigint {
    const id = ++this.#clock
    this.#open.set(id, { id, kind, events: [] })
    return id
  }

  openTransactions(kind: 'put' | 'take'): readonly bigint[] {
    return [...this.#open.values()].filter((each) => each.kind === kind).map(({ id }) => id)
  }

  put(id: bigint, body = ''): number {
    const event = this.#events++
    const text = Buffer.from(`${event}:${body}`)
    const headers = event % 3 === 0 ? [] : [['n', String(event)] as const, ['ü', ''] as const]
    const pairs = headers.map(([name, value]) => delimited(1, Buffer.concat([bytes(1, name), bytes(2, value)])))
    const checksum = Buffer.concat([Buffer.of(0x11), long(BigInt(crc32(text)))])
    const place = this.#write(id, 1, Buffer.concat([delimited(1, Buffer.concat([...pairs, bytes(2, text)])), checksum]))
    this.#open.get(id)!.events.push({ event, ...place })
    return event
  }

  /** Takes the head of the queue; undefined: it is empty. */
  take(id: bigint): number | undefined {
    const stored = this.queue.shift()
    if (stored === undefined) return undefined
    const body = Buffer.concat([Buffer.of(0x0d), int(stored.fileID), Buffer.of(0x15), int(stored.offset)])
    this.#write(id, 2, body)
    this.#open.get(id)!.events.push(stored)
    return stored.event
  }

  commit(id: bigint): void {
    const { kind, events } = this.#end(id)
    this.#write(id, 4, Buffer.concat([Buffer.of(0x0d), int(kind === 'put' ? 1 : 2)]))
    if (kind === 'put') {
      this.queue.push(...events)
      this.#committed.push(...events)
    } else {
      this.#committed = this.#committed.filter((each) => !events.includes(each))
      this.#checkpointTakes.delete(id)
    }
  }

  rollback(id: bigint): void {
    const { kind, events } = this.#end(id)
    if (kind === 'take') this.queue.unshift(...events)
    this.#write(id, 3, Buffer.alloc(0))
  }

  /** @param directory counts from 0 */
  roll(directory: number): void {
    const fileID = this.#nextFileID++
    const counter = Buffer.concat([
      createHash('md5').update(String(fileID)).digest().subarray(0, 12),
      Buffer.of(0, 0, 0, 1),
    ])
    const places = { position: 0, order: 0n, backupPosition: 0, backupOrder: 0n }
    this.#logs.set(fileID, { directory, records: [], length: 0, counter, ...places })
    this.#active[directory] = fileID
  }

  /**
   * @param marksLogs false: Flume dies before it has written the metadata of the logs
   * @param isComplete false: it dies while it writes the checkpoint
   */
  checkpoint(marksLogs = true, isComplete = true): void {
    const order = ++this.#clock
    const { capacity } = this.#options
    const head = this.#events % capacity
    const ring = Buffer.alloc((1029 + capacity) * 8)
    ring.writeBigInt64BE(3n, 0)
    ring.writeBigInt64BE(order, 8)
    ring.writeBigInt64BE(isComplete ? 0n : 1n, 32)
    for (const [index, stored] of this.queue.entries())
      ring.writeBigInt64BE(pointer(stored), (1029 + ((head + index) % capacity)) * 8)
    const counts = Map.groupBy(this.queue, ({ fileID }) => fileID)
    const active = [...counts].map(([fileID, { length }]) =>
      delimited(5, Buffer.concat([Buffer.of(0x0d), int(fileID), Buffer.of(0x15), int(length)])),
    )
    const fixed = [Buffer.of(0x0d), int(3), Buffer.of(0x11), long(order), Buffer.of(0x1d), int(this.queue.length)]
    const meta = Buffer.concat([...fixed, Buffer.of(0x25), int(head), ...active])
    this.#checkpoint = new Map([
      ['checkpoint/checkpoint', ring],
      ['checkpoint/checkpoint.meta', Buffer.concat([varint(meta.length), meta])],
      ['checkpoint/inflightputs', this.#inflight('put')],
      ['checkpoint/inflighttakes', this.#inflight('take')],
    ])
    this.hasCheckpoint = isComplete
    this.#checkpointQueue = [...this.queue]
    const takes = [...this.#open.values()].filter(({ kind }) => kind === 'take')
    this.#checkpointTakes = new Map(takes.map(({ id, events }) => [id, [...events]]))
    if (marksLogs) this.#markLogs(order)
  }

  /** Logs that nothing in the queue or in flight needs, but two a directory: Flume deletes them after a checkpoint. */
  deleteOldLogs(): void {
    const inUse = [...this.queue, ...[...this.#open.values()].flatMap(({ events }) => events)]
    const least = Math.min(...inUse.map(({ fileID }) => fileID), ...this.#active)
    for (let directory = 0; directory < this.#options.directories; directory++) {
      const own = [...this.#logs].filter(([, log]) => log.directory === directory).map(([fileID]) => fileID)
      for (const fileID of own.slice(0, -2)) if (fileID < least) this.#logs.delete(fileID)
    }
  }

  /** All files as they lie there now. @param fill bytes that are allocated beyond the data */
  files(fill = 64): Contents {
    const contents: Contents = new Map(this.#checkpoint)
    for (const [fileID, log] of this.#logs) {
      const path = `data${log.directory}/log-${fileID}`
      contents.set(path, Buffer.concat([...log.records, Buffer.alloc(fill, 0x80)]))
      contents.set(`${path}.meta`, this.#metadata(fileID, log))
    }
    return contents
  }

  /** Numbers of the events that a replay of all logs gives. */
  get replayed(): readonly number[] {
    return this.#committed.map(({ event }) => event)
  }

  /** Numbers of the events that a replay from the checkpoint gives, takes in flight in the order of their puts. */
  get replayedFromCheckpoint(): readonly number[] {
    const left = new Set(this.#committed)
    const returned = [...this.#checkpointTakes.values()].flat().sort((one, other) => one.event - other.event)
    const old = new Set([...this.#checkpointQueue, ...returned])
    const recent = this.#committed.filter((each) => !old.has(each))
    const standing = [...returned, ...this.#checkpointQueue].filter((each) => left.has(each))
    return [...standing, ...recent].map(({ event }) => event)
  }

  #end(id: bigint): OpenTransaction {
    const transaction = this.#open.get(id)!
    this.#open.delete(id)
    return transaction
  }

  #write(transaction: bigint, type: number, body: Buffer): { fileID: number; offset: number } {
    const directory = Number(transaction % BigInt(this.#options.directories))
    const header = [Buffer.of(0x17, 0x0d), int(type), Buffer.of(0x11), long(transaction), Buffer.of(0x19)]
    const payload = Buffer.concat([...header, long(++this.#clock), varint(body.length), body, Buffer.of(0)])
    const log = this.#logs.get(this.#active[directory]!)!
    if (log.length > 0 && log.length + payload.length > this.#options.maxFileSize) {
      this.roll(directory)
      return this.#append(directory, payload)
    }
    return this.#append(directory, payload)
  }

  #append(directory: number, payload: Buffer): { fileID: number; offset: number } {
    const fileID = this.#active[directory]!
    const log = this.#logs.get(fileID)!
    const offset = log.length
    const length = Buffer.alloc(4)
    length.writeInt32BE(payload.length)
    log.records.push(Buffer.concat([Buffer.of(0x7f), length, this.#enciphered(payload, log)]))
    log.length += 5 + payload.length
    return { fileID, offset }
  }

  #enciphered(payload: Buffer, { counter }: Log): Buffer {
    const { encryption } = this.#options
    if (encryption === undefined) return payload
    return createCipheriv(`aes-${encryption.key.length * 8}-ctr`, encryption.key, counter).update(payload)
  }

  #markLogs(order: bigint): void {
    const inUse = new Set(
      [...this.queue, ...[...this.#open.values()].flatMap(({ events }) => events)].map((each) => each.fileID),
    )
    for (const [fileID, log] of this.#logs) {
      const isActive = this.#active.includes(fileID)
      if (!isActive && !inUse.has(fileID)) continue
      log.backupPosition = log.position
      log.backupOrder = log.order
      if (isActive) log.position = log.length
      log.order = order
    }
  }

  #metadata(fileID: number, { position, order, backupPosition, backupOrder, counter }: Log): Buffer {
    const { encryption } = this.#options
    const encrypted = encryption
      ? [delimited(5, Buffer.concat([bytes(1, 'AESCTRNOPADDING'), bytes(2, encryption.alias), bytes(3, counter)]))]
      : []
    const meta = Buffer.concat([
      ...[Buffer.of(0x0d), int(3), Buffer.of(0x15), int(fileID)],
      ...[Buffer.of(0x19), long(BigInt(position)), Buffer.of(0x21), long(order)],
      ...encrypted,
      ...[Buffer.of(0x31), long(BigInt(backupPosition)), Buffer.of(0x39), long(backupOrder)],
    ])
    return Buffer.concat([varint(meta.length), meta])
  }

  /** Pointers in descending order: the order of the file tells nothing. */
  #inflight(kind: 'put' | 'take'): Buffer {
    const longs: bigint[] = []
    for (const { id, events } of this.#open.values())
      if (this.#open.get(id)!.kind === kind && events.length > 0)
        longs.push(id, BigInt(events.length), ...events.map(pointer).sort((one, other) => (one < other ? 1 : -1)))
    const data = Buffer.alloc(longs.length * 8 + 16)
    for (const [index, value] of longs.entries()) data.writeBigInt64BE(value, index * 8)
    return Buffer.concat([createHash('md5').update(data).digest(), data])
  }
}

function pointer({ fileID, offset }: Stored): bigint {
  return (BigInt(fileID) << 32n) | BigInt(offset)
}

function int(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32LE(value)
  return buffer
}

function long(value: bigint): Buffer {
  const buffer = Buffer.alloc(8)
  buffer.writeBigInt64LE(value)
  return buffer
}

function varint(value: number): Buffer {
  const rest: number[] = []
  let left = value
  for (; left >= 128; left = Math.floor(left / 128)) rest.push((left % 128) + 128)
  return Buffer.from([...rest, left])
}

function delimited(field: number, value: Buffer): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(value.length), value])
}

function bytes(field: number, value: string | Buffer): Buffer {
  return delimited(field, Buffer.from(value))
}
