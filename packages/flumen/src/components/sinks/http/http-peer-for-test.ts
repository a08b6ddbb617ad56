import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'

export interface PeerRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** As it was before it was compressed. */
  readonly body: Buffer
}

export interface PeerAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What the peer does with a request: an answer, or nothing at all, or the end of the connection. */
export type PeerScript = (request: PeerRequest, count: number) => number | PeerAnswer | 'mute' | 'close'

/** The other side of an HTTP sink, for its tests. */
export class HttpPeer {
  readonly #server: Server
  readonly #scheme: 'http' | 'https'
  readonly #sockets = new Set<Socket>()
  /** All that came whole, in order. */
  readonly requests: PeerRequest[] = []
  /** Bodies of the requests that were answered with 2XX. */
  readonly stored: Buffer[] = []
  script: PeerScript = () => 200
  connections = 0
  #port = 0

  private constructor(tls: ServerOptions | undefined) {
    const serve = (request: IncomingMessage, response: ServerResponse): void => void this.#serve(request, response)
    this.#scheme = tls ? 'https' : 'http'
    this.#server = tls ? createTlsServer(tls, serve) : createServer(serve)
    this.#server.on('connection', (socket) => {
      this.connections++
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  static async start(tls?: ServerOptions): Promise<HttpPeer> {
    const peer = new HttpPeer(tls)
    await peer.listen()
    return peer
  }

  get endpoint(): string {
    return `${this.#scheme}://127.0.0.1:${this.#port}/events`
  }

  get bodies(): readonly string[] {
    return this.requests.map(({ body }) => body.toString())
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  /** Ends all connections, as an idle one is ended by a server. */
  endConnections(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async stop(): Promise<void> {
    this.endConnections()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer)
    } catch {
      return
    }
    const { method = '', url = '', headers } = request
    const body = unpacked(Buffer.concat(chunks), headers['content-encoding'])
    const whole = { method, path: url, headers, body }
    this.requests.push(whole)
    const told = this.script(whole, this.requests.length)
    if (told === 'mute') return
    if (told === 'close') {
      request.socket.destroy()
      return
    }
    const answer: PeerAnswer = typeof told === 'number' ? { status: told } : told
    if (Math.floor(answer.status / 100) === 2) this.stored.push(body)
    response.writeHead(answer.status, answer.headers)
    response.end(answer.body)
  }
}

function unpacked(body: Buffer, coding: string | undefined): Buffer {
  if (coding === 'gzip') return gunzipSync(body)
  return coding === 'zstd' ? zstdDecompressSync(body) : body
}
