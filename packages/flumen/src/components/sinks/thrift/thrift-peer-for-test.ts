import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { EventBatch } from '../../../core/index.ts'
import {
  decodeCall,
  encodeError,
  encodeStatus,
  FrameSplitter,
  flumeFrameBytes,
  type ThriftCall,
  type ThriftProtocol,
  thriftStatus,
} from '../../../protocols/thrift-rpc/index.ts'

/** What the peer does with a call; `mute` stores it and answers nothing. */
export type PeerAnswer = 'ok' | 'failed' | 'internal' | 'close' | 'mute' | 'garbage' | 'otherSequence'

/** The other side of a Thrift sink, for its tests. */
export class ThriftPeer {
  readonly #server: Server
  readonly #protocol: ThriftProtocol
  readonly #sockets = new Set<Socket>()
  readonly calls: ThriftCall[] = []
  readonly #stored: EventBatch[] = []
  answer: PeerAnswer = 'ok'
  connections = 0
  #port = 0

  private constructor(protocol: ThriftProtocol, tls: TlsOptions | undefined) {
    this.#protocol = protocol
    const serve = (socket: Socket): void => this.#serve(socket)
    this.#server = tls ? createTlsServer(tls, serve) : createServer(serve)
  }

  static async start(protocol: ThriftProtocol = 'compact', tls?: TlsOptions): Promise<ThriftPeer> {
    const peer = new ThriftPeer(protocol, tls)
    await peer.listen()
    return peer
  }

  get port(): number {
    return this.#port
  }

  /** What was answered with OK, or would have been. */
  get stored(): EventBatch {
    return EventBatch.join(this.#stored)
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: Socket): void {
    this.connections++
    this.#sockets.add(socket)
    const splitter = new FrameSplitter(flumeFrameBytes)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => this.#sockets.delete(socket))
    socket.on('data', (chunk) => {
      splitter.receive(chunk as Buffer)
      for (let frame = splitter.next(); frame; frame = splitter.next()) this.#work(socket, frame)
    })
  }

  #work(socket: Socket, frame: Buffer): void {
    const call = decodeCall(frame, this.#protocol, 1)
    this.calls.push(call)
    const { answer } = this
    if (answer === 'ok' || answer === 'mute') this.#stored.push(call.batch)
    if (answer === 'ok') socket.write(encodeStatus(call, thriftStatus.ok, this.#protocol))
    else if (answer === 'failed') socket.write(encodeStatus(call, thriftStatus.failed, this.#protocol))
    else if (answer === 'internal') socket.write(encodeError(call, { kind: 6, message: 'broke' }, this.#protocol))
    else if (answer === 'close') socket.destroy()
    else if (answer === 'garbage') socket.write('HTTP/1.1 200 OK\r\n\r\n')
    else if (answer === 'otherSequence') {
      const other = { method: call.method, sequence: call.sequence + 1 }
      socket.write(encodeStatus(other, thriftStatus.ok, this.#protocol))
    }
  }
}
