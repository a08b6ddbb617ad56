import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { makeData } from '../data/lines.ts'
import { now } from '../measure/time.ts'
import type { PostCommand, Posted } from './commands.ts'
import { openAll } from './send.ts'

/** Requests that differ; each connection goes round them. */
const requestCount = 64
const dataBytes = 2 * 1024 * 1024
/** After an answer that says to come later, ms. */
const pauseMs = 5

/**
 * Clients of HTTP that each send a request with so many events, wait for the answer to it, and send the next. The bytes
 * of the requests are made before the time runs; the clients write to sockets and read no more of an answer than they must.
 */
export async function post({
  port,
  connections,
  milliseconds,
  events,
  form,
  isCompressed,
}: PostCommand): Promise<Posted> {
  const requests = requestsOf(events, form, isCompressed)
  const sockets = await openAll(connections, () => port)
  const before = process.cpuUsage()
  const begin = now()
  const clients = sockets.map((socket, index) => new Client(socket, requests, index))
  await Promise.all(clients.map((client) => client.run(begin + milliseconds)))
  const elapsed = now() - begin
  const { user, system } = process.cpuUsage(before)
  const sum = (count: (client: Client) => number): number => clients.reduce((total, client) => total + count(client), 0)
  return {
    events: sum(({ stored }) => stored) * events,
    bytes: sum(({ bytes }) => bytes),
    refused: sum(({ refused }) => refused),
    milliseconds: elapsed,
    cpu: (user + system) / 1000,
  }
}

class Client {
  stored = 0
  refused = 0
  bytes = 0
  readonly #socket: Socket
  readonly #requests: readonly Buffer[]
  #next: number
  #answer = ''

  constructor(socket: Socket, requests: readonly Buffer[], first: number) {
    this.#socket = socket
    this.#requests = requests
    this.#next = first
  }

  run(end: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = this.#socket
      socket.on('data', (chunk: Buffer) => {
        const status = this.#statusOf(chunk)
        if (status === undefined) return
        if (status === 200) this.stored++
        else if (status === 503 || status === 429) this.refused++
        else reject(new Error(`a request was answered with ${status}`))
        if (now() >= end) socket.destroy()
        else if (status === 200) this.#send()
        else setTimeout(() => this.#send(), pauseMs)
      })
      socket.once('error', reject)
      socket.once('close', () => (now() < end ? reject(new Error('a connection was closed')) : resolve()))
      this.#send()
    })
  }

  #send(): void {
    const request = this.#requests[this.#next++ % this.#requests.length]!
    this.bytes += request.length
    this.#socket.write(request)
  }

  /** Of an answer that is whole. */
  #statusOf(chunk: Buffer): number | undefined {
    this.#answer += chunk.toString('latin1')
    const end = this.#answer.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const status = Number(this.#answer.slice(9, 12))
    const length = /^content-length: (\d+)/im.exec(this.#answer)?.[1]
    const isChunked = length === undefined && /^transfer-encoding: chunked/im.test(this.#answer)
    if (isChunked ? !this.#answer.endsWith('\r\n0\r\n\r\n') : this.#answer.length < end + 4 + Number(length ?? 0))
      return
    this.#answer = ''
    return status
  }
}

function requestsOf(events: number, form: PostCommand['form'], isCompressed: boolean): readonly Buffer[] {
  const lines = makeData({ bytes: dataBytes }).bytes.toString('latin1').split('\n')
  return Array.from({ length: requestCount }, (_, request) => {
    const own = Array.from({ length: events }, (_, event) => lines[(request * events + event) % (lines.length - 1)]!)
    const text = Buffer.from(bodies[form](own))
    const body = isCompressed ? gzipSync(text) : text
    const head = [
      'POST / HTTP/1.1',
      'Host: 127.0.0.1',
      `Content-Type: ${form === 'json' ? 'application/json' : 'text/plain'}; charset=UTF-8`,
      `Content-Length: ${body.length}`,
      ...(isCompressed ? ['Content-Encoding: gzip'] : []),
    ]
    return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body])
  })
}

const bodies: Readonly<Record<PostCommand['form'], (lines: readonly string[]) => string>> = {
  json: (lines) => JSON.stringify(lines.map(eventOf)),
  ndjson: (lines) => lines.map((line, index) => `${JSON.stringify(eventOf(line, index))}\n`).join(''),
  lines: (lines) => lines.map((line) => `${line}\n`).join(''),
}

function eventOf(body: string, index: number): object {
  return { headers: { timestamp: String(1_763_700_000_000 + index), host: 'web-17.example.com' }, body }
}
