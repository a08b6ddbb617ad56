import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { settle } from './manual-clock.ts'

/** A client of a TCP source, for tests. Stays half open when the server ends, as `nc` does. */
export class TcpClient {
  readonly socket: Socket
  #received = Buffer.alloc(0)
  #ended = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk as Buffer])
    })
    socket.on('end', () => {
      this.#ended = true
    })
    socket.on('error', () => {
      this.#ended = true
    })
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<TcpClient> {
    const socket = connect({ port, host, allowHalfOpen: true, noDelay: true })
    await once(socket, 'connect')
    return new TcpClient(socket)
  }

  /** What the server has sent so far. */
  get received(): Buffer {
    return this.#received
  }

  /** The server has ended its side, or the connection is gone. */
  get hasEnded(): boolean {
    return this.#ended
  }

  /** Resolves when the system has taken it, which a server that does not read can hold up. */
  async send(bytes: string | Uint8Array): Promise<void> {
    if (!this.socket.write(bytes)) await once(this.socket, 'drain')
  }

  /** Sends the end of its side. */
  end(): void {
    this.socket.end()
  }

  destroy(): void {
    this.socket.destroy()
  }

  /** Resolves with all that came, as text, when it is at least that long or the server has ended. */
  async answer(length: number): Promise<string> {
    while (this.#received.length < length && !this.#ended) await settle()
    return this.#received.toString()
  }

  /** Resolves with all that came when the server has ended. */
  async lastAnswer(): Promise<string> {
    return this.answer(Number.POSITIVE_INFINITY)
  }
}
