import type { Socket } from 'node:net'
import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib'

/** Larger than Buffer's pool gives: what is inflated becomes slabs. */
const chunkSize = 65_536

/** What goes over one connection, beneath the requests: as it is, or one stream of zlib each way. */
export interface RpcWire {
  write(bytes: Uint8Array): boolean
  /** Of what was received; the socket itself is paused beside that. */
  pause(): void
  resume(): void
  /** Sends what is still to be sent, and the end. */
  end(): void
}

export interface WireEvents {
  onData(chunk: Buffer): void
  /** The other side's end, after all that it sent. */
  onEnd(): void
  onDrain(): void
  /** What came is not compressed as it should be. */
  onBroken(error: Error): void
  /** Too much came at once, or it may come again. */
  hold(): void
  release(): void
}

/** @param deflateLevel undefined: not compressed */
export function wireOf(socket: Socket, events: WireEvents, deflateLevel: number | undefined): RpcWire {
  return deflateLevel === undefined ? plainWire(socket, events) : new DeflateWire(socket, events, deflateLevel)
}

function plainWire(socket: Socket, events: WireEvents): RpcWire {
  socket.on('data', (chunk) => events.onData(chunk as Buffer))
  socket.on('end', () => events.onEnd())
  socket.on('drain', () => events.onDrain())
  return {
    write: (bytes) => socket.write(bytes),
    pause: () => undefined,
    resume: () => undefined,
    end: () => socket.end(),
  }
}

/**
 * The end of a flush, and once more an empty block: zlib writes both where its buffer is full within the first. Flume's
 * inflater never gives out what is before them when it reads them together.
 */
const flushedTwice = Buffer.from('0000ffff000000ffff', 'hex')
const emptyBlockBytes = 5

/** As Netty does it: a stream of RFC 1950 each way, flushed after each write. */
class DeflateWire implements RpcWire {
  readonly #socket: Socket
  readonly #inflate: Inflate
  readonly #deflate: Deflate
  #pieces: Buffer[] = []

  constructor(socket: Socket, events: WireEvents, level: number) {
    this.#socket = socket
    this.#inflate = createInflate({ chunkSize, finishFlush: constants.Z_SYNC_FLUSH })
    this.#deflate = createDeflate({ level, chunkSize, flush: constants.Z_SYNC_FLUSH })
    this.#inflate.on('data', (chunk: Buffer) => events.onData(chunk))
    this.#inflate.on('end', () => events.onEnd())
    this.#inflate.on('error', (error) => events.onBroken(error))
    this.#inflate.on('drain', () => events.release())
    this.#deflate.on('readable', () => this.#gather())
    this.#deflate.on('drain', () => events.onDrain())
    this.#deflate.on('end', () => {
      this.#send()
      socket.end()
    })
    this.#deflate.on('error', (error) => events.onBroken(error))
    socket.on('drain', () => events.onDrain())
    socket.on('data', (chunk) => {
      if (!this.#inflate.write(chunk)) events.hold()
    })
    socket.on('end', () => this.#inflate.end())
    socket.once('close', () => {
      this.#inflate.destroy()
      this.#deflate.destroy()
    })
  }

  write(bytes: Uint8Array): boolean {
    const hasRoom = this.#deflate.write(bytes, () => this.#send())
    return hasRoom && !this.#socket.writableNeedDrain
  }

  pause(): void {
    this.#inflate.pause()
  }

  resume(): void {
    this.#inflate.resume()
  }

  end(): void {
    this.#deflate.end()
  }

  #gather(): void {
    for (let piece = this.#deflate.read() as Buffer | null; piece; piece = this.#deflate.read() as Buffer | null) {
      this.#pieces.push(piece)
    }
  }

  #send(): void {
    if (!this.#deflate.destroyed) this.#gather()
    const bytes = Buffer.concat(this.#pieces)
    this.#pieces = []
    if (bytes.length > 0 && this.#socket.writable) this.#socket.write(flushedOnce(bytes))
  }
}

/** An empty block at the end says nothing: what is before it is whole. */
function flushedOnce(bytes: Buffer): Buffer {
  const isTwice = bytes.length >= flushedTwice.length && bytes.subarray(-flushedTwice.length).equals(flushedTwice)
  return isTwice ? bytes.subarray(0, -emptyBlockBytes) : bytes
}
