import type { Socket } from 'node:net'
import type { TcpListener } from '../../net/tcp-listener.ts'
import type { HeldBytes } from './held-bytes.ts'

/** Most bytes of one client. */
const most = 1 << 20
/** Most bytes that a socket reads at once. */
const chunkBytes = 64 * 1024

/** Most bytes that the clients of one source may have read ahead, all together. */
export const mostAheadOfAll = 8 << 20

/**
 * What a client sends while what came before is being stored. A channel on a disk takes as long for a chunk as for many,
 * so that what has come meanwhile is stored at once next. Where there is no room for one more chunk, of this client or
 * of all, the client is not read.
 */
export class ReadAhead {
  readonly #socket: Socket
  readonly #listener: TcpListener
  readonly #room: HeldBytes
  #chunks: Buffer[] = []
  #reserved = 0
  #isHeld = false

  constructor(socket: Socket, listener: TcpListener, room: HeldBytes) {
    this.#socket = socket
    this.#listener = listener
    this.#room = room
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0
  }

  /** Something is being stored from now on. */
  begin(): void {
    if (!this.#reserve()) this.#hold()
  }

  /** It came meanwhile. */
  keep(chunk: Buffer): void {
    this.#chunks.push(chunk)
    if (!this.#reserve()) this.#hold()
  }

  /** It is stored. @returns what came meanwhile; it belongs to who calls this */
  end(): readonly Buffer[] {
    const chunks = this.#chunks
    this.#chunks = []
    this.#room.release(this.#reserved)
    this.#reserved = 0
    if (this.#isHeld) this.#listener.release(this.#socket)
    this.#isHeld = false
    return chunks
  }

  #reserve(): boolean {
    if (this.#reserved + chunkBytes > most || !this.#room.hold(chunkBytes)) return false
    this.#reserved += chunkBytes
    return true
  }

  #hold(): void {
    if (this.#isHeld) return
    this.#isHeld = true
    this.#listener.hold(this.#socket)
  }
}
