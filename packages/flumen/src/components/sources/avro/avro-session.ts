import type { Clock, Counter, Log } from '../../../core/index.ts'
import {
  type AvroCall,
  AvroCallReader,
  errorAnswer,
  type PackedCall,
  readUnpacked,
  statusAnswer,
} from '../../../protocols/avro-rpc/calls.ts'
import { AvroFrameReader } from '../../../protocols/avro-rpc/frame-reader.ts'
import type { KnownClients } from '../../../protocols/avro-rpc/handshake.ts'
import {
  checkPacked,
  isSmall,
  type UnpackingBounds,
  unpacked,
  unpackedAtOnce,
} from '../../../protocols/avro-rpc/packing.ts'
import type { Room } from '../../rpc/room.ts'
import type { RpcSession } from '../../rpc/rpc-server.ts'
import type { RequestStore, Stored } from '../../rpc/store-request.ts'

/** What all connections of one source share. */
export interface AvroHouse extends UnpackingBounds {
  readonly clock: Clock
  readonly log: Log
  readonly store: RequestStore
  readonly known: KnownClients
  /** For requests that came packed. */
  readonly room: Room<AvroSession>
  readonly invalid: Counter
}

type Plain = Exclude<AvroCall, PackedCall>
type Append = Extract<AvroCall, { kind: 'append' }>

/** The server's side of Avro's calls on one connection. */
export class AvroSession implements RpcSession {
  readonly #house: AvroHouse
  readonly #frames: AvroFrameReader
  readonly #calls: AvroCallReader
  #requestBytes = 0

  constructor(house: AvroHouse) {
    this.#house = house
    this.#frames = new AvroFrameReader(house.maxRequestSize)
    this.#calls = new AvroCallReader(house.known)
  }

  get requestBytes(): number {
    return this.#requestBytes
  }

  get pendingBytes(): number {
    return this.#frames.pendingBytes
  }

  receive(chunk: Buffer): void {
    this.#frames.receive(chunk)
  }

  answerNext(): Uint8Array | Promise<Uint8Array> | undefined {
    const frame = this.#frames.next()
    if (frame === undefined) return undefined
    this.#requestBytes = frame.end - frame.start
    const now = this.#house.clock.now()
    const call = this.#calls.read(frame, now)
    if (call.kind !== 'packed') return this.#answer(call)
    checkPacked(call, this.#house)
    this.#requestBytes += call.unpackedBytes
    if (isSmall(call)) return this.#answer(readUnpacked(call, unpackedAtOnce(call), now))
    return this.#answerLater(call, now)
  }

  end(): void {
    this.#house.room.giveUp(this)
  }

  /** Unpacked memory is made when there is room for it. */
  async #answerLater(call: PackedCall, arrivedAt: number): Promise<Uint8Array> {
    const { room } = this.#house
    if (!(await room.enter(this, call.unpackedBytes))) return noBytes
    try {
      return await this.#answer(readUnpacked(call, await unpacked(call), arrivedAt))
    } finally {
      room.leave(this)
    }
  }

  #answer(call: Plain): Uint8Array | Promise<Uint8Array> {
    const { log, invalid, store } = this.#house
    if (call.kind === 'answered') {
      if (call.problem !== undefined) {
        invalid.add(1)
        log.warn('A request could not be read; its client is told so.', { error: call.problem })
      }
      return call.answer
    }
    const stored = store.append(call.batch, call.isBatch, call.origin)
    return stored instanceof Promise ? stored.then((later) => answerTo(call, later)) : answerTo(call, stored)
  }
}

const noBytes = new Uint8Array(0)

/** As in Flume, only `append` tells an error that is not the channel's; a batch has failed whatever it was. */
function answerTo(call: Append, stored: Stored): Uint8Array {
  if (stored === 'stored') return statusAnswer(call, 'OK')
  if (stored === 'full' || call.isBatch) return statusAnswer(call, 'FAILED')
  return errorAnswer(call, stored.message)
}
