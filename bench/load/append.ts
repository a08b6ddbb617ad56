import type { Socket } from 'node:net'
import { makeData } from '../data/lines.ts'
import { now } from '../measure/time.ts'
import type { AppendCommand, Appended } from './commands.ts'
import { openAll } from './send.ts'

/** Requests that differ; each connection goes round them. */
const requestCount = 32
const bodyBytes = 200
/** After an answer that there is no room, ms. */
const pauseMs = 5
/** By which a server of Flume's protocol knows it: the MD5 of its text. */
const protocolHash = Buffer.from('86aadae2c45474c0fe93ffd0f2350a65', 'hex')
const emptyMap = 0

/**
 * Clients of Avro's calls that each send a batch, wait for the answer to it, and send the next. The bytes of the requests
 * are made, and the connections have settled their handshakes, before the time runs. Each client sends one batch at least.
 */
export async function append({ port, connections, milliseconds, events }: AppendCommand): Promise<Appended> {
  const requests = callsOf(events, requestCount).map((call) => frameOf([call]))
  const sockets = await openAll(connections, () => port)
  const clients = sockets.map((socket, index) => new Client(socket, requests, index))
  await Promise.all(clients.map((client) => client.greet()))
  const before = process.cpuUsage()
  const firstByteAt = now()
  await Promise.all(clients.map((client) => client.run(firstByteAt + milliseconds)))
  const elapsed = now() - firstByteAt
  const { user, system } = process.cpuUsage(before)
  const sum = (count: (client: Client) => number): number => clients.reduce((total, client) => total + count(client), 0)
  return {
    firstByteAt,
    events: sum(({ stored }) => stored) * events,
    bytes: sum(({ bytes }) => bytes),
    refused: sum(({ refused }) => refused),
    milliseconds: elapsed,
    cpu: (user + system) / 1000,
  }
}

/** Settles the handshake on each, with a batch of so many events. */
export async function greetAll(sockets: readonly Socket[], events: number): Promise<void> {
  const call = callsOf(events, 1)[0]!
  await Promise.all(sockets.map((socket) => new Client(socket, [], 0).greet(call)))
}

class Client {
  stored = 0
  refused = 0
  bytes = 0
  readonly #socket: Socket
  readonly #requests: readonly Buffer[]
  #next: number
  #answer: Buffer = Buffer.alloc(0)

  constructor(socket: Socket, requests: readonly Buffer[], first: number) {
    this.#socket = socket
    this.#requests = requests
    this.#next = first
  }

  /** The handshake, and a first batch: none unless it is given. */
  greet(call = callOf([])): Promise<void> {
    const socket = this.#socket
    socket.write(frameOf([protocolHash, Buffer.from([0]), protocolHash, Buffer.from([0]), call]))
    return new Promise((resolve, reject) => {
      const fail = (): void => reject(new Error('a connection ended before its handshake'))
      socket.once('error', reject).once('close', fail)
      const receive = (chunk: Buffer): void => {
        if (this.#statusOf(chunk) === undefined) return
        socket.removeListener('data', receive).removeListener('close', fail).removeListener('error', reject)
        resolve()
      }
      socket.on('data', receive)
    })
  }

  run(end: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = this.#socket
      let isOver = false
      socket.on('data', (chunk: Buffer) => {
        const status = this.#statusOf(chunk)
        if (status === undefined) return
        if (status === 'OK') this.stored++
        else this.refused++
        if (now() >= end) {
          isOver = true
          socket.destroy()
        } else if (status === 'OK') this.#send()
        else setTimeout(() => this.#send(), pauseMs)
      })
      socket.once('error', reject)
      socket.once('close', () => (isOver ? resolve() : reject(new Error('a connection was closed'))))
      this.#send()
    })
  }

  #send(): void {
    const request = this.#requests[this.#next++ % this.#requests.length]!
    this.bytes += request.length
    this.#socket.write(request)
  }

  /** Of an answer that is whole: a frame whose last byte is twice the status. */
  #statusOf(chunk: Buffer): 'OK' | 'FAILED' | undefined {
    this.#answer = this.#answer.length === 0 ? chunk : Buffer.concat([this.#answer, chunk])
    const answer = this.#answer
    if (answer.length < 8) return undefined
    let at = 8
    for (let left = answer.readInt32BE(4); left > 0; left--) {
      if (answer.length < at + 4) return undefined
      at += 4 + answer.readInt32BE(at)
    }
    if (answer.length < at) return undefined
    this.#answer = Buffer.alloc(0)
    return answer[at - 1] === 0 ? 'OK' : 'FAILED'
  }
}

function callsOf(events: number, count: number): readonly Buffer[] {
  const data = makeData({ bytes: count * events * (bodyBytes + 1), lineLength: bodyBytes }).bytes
  const lines = data.toString('latin1').split('\n')
  const before = Date.now()
  return Array.from({ length: count }, (_, request) => {
    const own = Array.from({ length: events }, (_, event) => lines[(request * events + event) % (lines.length - 1)]!)
    return callOf(own.map((line, index) => eventOf(line, before + index)))
  })
}

/** One request at a time is on its way, so that its number may be the same. */
function frameOf(pieces: readonly Buffer[]): Buffer {
  const payload = Buffer.concat(pieces)
  const head = Buffer.alloc(12)
  head.writeInt32BE(1, 0)
  head.writeInt32BE(1, 4)
  head.writeInt32BE(payload.length, 8)
  return Buffer.concat([head, payload])
}

/** `appendBatch`. */
function callOf(events: readonly Buffer[]): Buffer {
  const count = events.length === 0 ? [] : [long(events.length)]
  return Buffer.concat([Buffer.from([emptyMap]), text('appendBatch'), ...count, ...events, Buffer.from([0])])
}

function eventOf(line: string, time: number): Buffer {
  return Buffer.concat([
    long(2),
    ...['timestamp', String(time), 'host', 'web-17.example.com'].map(text),
    Buffer.from([0]),
    text(line),
  ])
}

function text(value: string): Buffer {
  return Buffer.concat([long(value.length), Buffer.from(value, 'latin1')])
}

/** Of a number that is not negative. */
function long(value: number): Buffer {
  const bytes: number[] = []
  let left = value * 2
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 128)
  return Buffer.from([...bytes, left])
}
