import type { Socket } from 'node:net'
import type { Transform } from 'node:stream'
import { Beginning, type Compression, packer, unpacker } from './compression.ts'

/** What goes over one connection, beneath the requests: as it is, or compressed each way. */
export interface RpcWire {
  write(bytes: Uint8Array): boolean
  /** Of what was received; the socket itself is paused beside that. */
  pause(): void
  resume(): void
  /** Sends what is still to be sent, and the end. */
  end(): void
  /** Why what comes cannot be read, where the two sides seem to be set differently. */
  readonly mismatch: string | undefined
  /** Where it is compressed: bytes that have come, as they came, and before the last piece of them. */
  readonly packed: { readonly all: number; readonly before: number } | undefined
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

/** @param compression undefined: none */
export function wireOf(socket: Socket, events: WireEvents, compression: Compression | undefined): RpcWire {
  return compression === undefined ? plainWire(socket, events) : new PackedWire(socket, events, compression)
}

function plainWire(socket: Socket, events: WireEvents): RpcWire {
  const beginning = new Beginning('none')
  socket.on('data', (chunk: Buffer) => {
    if (!beginning.isWhole) {
      beginning.add(chunk)
      if (beginning.isPacked) {
        events.onBroken(new Error('it is compressed'))
        return
      }
    }
    events.onData(chunk)
  })
  socket.on('end', () => events.onEnd())
  socket.on('drain', () => events.onDrain())
  return {
    write: (bytes) => socket.write(bytes),
    pause: () => undefined,
    resume: () => undefined,
    end: () => socket.end(),
    get mismatch() {
      return beginning.mismatch
    },
    packed: undefined,
  }
}

/**
 * The end of a flush, and once more an empty block: zlib writes both where its buffer is full within the first. Flume's
 * inflater never gives out what is before them when it reads them together.
 */
const flushedTwice = Buffer.from('0000ffff000000ffff', 'hex')
const emptyBlockBytes = 5

/** As Netty does it: one stream each way, flushed after each write. */
class PackedWire implements RpcWire {
  readonly #socket: Socket
  readonly #beginning: Beginning
  readonly #isDeflated: boolean
  readonly #unpacker: Transform
  readonly #packer: Transform
  #pieces: Buffer[] = []
  readonly packed = { all: 0, before: 0 }

  constructor(socket: Socket, events: WireEvents, compression: Compression) {
    this.#socket = socket
    this.#beginning = new Beginning(compression.type)
    this.#isDeflated = compression.type === 'deflate'
    this.#unpacker = unpacker(compression)
    this.#packer = packer(compression)
    this.#unpacker.on('data', (chunk: Buffer) => events.onData(chunk))
    this.#unpacker.on('end', () => events.onEnd())
    this.#unpacker.on('error', (error) => events.onBroken(error))
    this.#unpacker.on('drain', () => events.release())
    this.#packer.on('readable', () => this.#gather())
    this.#packer.on('drain', () => events.onDrain())
    this.#packer.on('end', () => {
      this.#send()
      socket.end()
    })
    this.#packer.on('error', (error) => events.onBroken(error))
    socket.on('drain', () => events.onDrain())
    socket.on('data', (chunk: Buffer) => {
      if (!this.#beginning.isWhole) this.#beginning.add(chunk)
      this.packed.before = this.packed.all
      this.packed.all += chunk.length
      if (!this.#unpacker.write(chunk)) events.hold()
    })
    socket.on('end', () => this.#unpacker.end())
    socket.once('close', () => {
      this.#unpacker.destroy()
      this.#packer.destroy()
    })
  }

  get mismatch(): string | undefined {
    return this.#beginning.mismatch
  }

  write(bytes: Uint8Array): boolean {
    const hasRoom = this.#packer.write(bytes, () => this.#send())
    return hasRoom && !this.#socket.writableNeedDrain
  }

  pause(): void {
    this.#unpacker.pause()
  }

  resume(): void {
    this.#unpacker.resume()
  }

  end(): void {
    this.#packer.end()
  }

  #gather(): void {
    for (let piece = this.#packer.read() as Buffer | null; piece; piece = this.#packer.read() as Buffer | null) {
      this.#pieces.push(piece)
    }
  }

  #send(): void {
    if (!this.#packer.destroyed) this.#gather()
    const bytes = Buffer.concat(this.#pieces)
    this.#pieces = []
    if (bytes.length > 0 && this.#socket.writable) this.#socket.write(this.#isDeflated ? flushedOnce(bytes) : bytes)
  }
}

/** An empty block at the end says nothing: what is before it is whole. */
function flushedOnce(bytes: Buffer): Buffer {
  const isTwice = bytes.length >= flushedTwice.length && bytes.subarray(-flushedTwice.length).equals(flushedTwice)
  return isTwice ? bytes.subarray(0, -emptyBlockBytes) : bytes
}
