import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { Compression } from './compression.ts'
import { type RpcWire, wireOf } from './rpc-wire.ts'

/** What goes over a connection, compressed both ways, as a stream: what TLS is spoken over where compression is outside. */
export class CompressedStream extends Duplex {
  readonly #socket: Socket
  readonly #wire: RpcWire
  #isPaused = false
  #onDrain: (() => void) | undefined

  constructor(socket: Socket, compression: Compression) {
    super({ allowHalfOpen: true, emitClose: true })
    this.#socket = socket
    this.#wire = wireOf(
      socket,
      {
        onData: (chunk) => this.#received(chunk),
        onEnd: () => this.push(null),
        onDrain: () => this.#drained(),
        onBroken: (error) => this.destroy(this.#explained(error)),
        hold: () => socket.pause(),
        release: () => socket.resume(),
      },
      compression,
    )
    socket.once('error', (error) => this.destroy(error))
    socket.once('close', () => this.destroy())
  }

  override _read(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#wire.resume()
  }

  override _write(bytes: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    if (this.#wire.write(bytes)) done()
    else this.#onDrain = done
  }

  override _final(done: () => void): void {
    this.#wire.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#onDrain = undefined
    this.#socket.destroy()
    done(error)
  }

  #explained(error: Error): Error {
    const { mismatch } = this.#wire
    return mismatch === undefined ? error : new Error(`${error.message}; ${mismatch}`, { cause: error })
  }

  #received(chunk: Buffer): void {
    if (this.push(chunk)) return
    this.#isPaused = true
    this.#wire.pause()
  }

  #drained(): void {
    const done = this.#onDrain
    this.#onDrain = undefined
    done?.()
  }
}
