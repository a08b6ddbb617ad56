import type { RemoteInfo } from 'node:dgram'
import { type Column, EventBatch, type EventDrivenSource, Part, type SourceContext } from '../../../core/index.ts'
import { javaSocketAddress } from '../../../net/address.ts'
import { DatagramServer } from '../datagram-server.ts'

export interface NetcatUdpOptions {
  readonly bind: string | undefined
  readonly port: number
  readonly remoteAddress: string | undefined
  readonly receiveBufferBytes: number | undefined
}

interface Datagram {
  readonly bytes: Buffer
  /** Of its body. */
  readonly length: number
  readonly sender: string | undefined
}

const mostWaitingBytes = 4 * 1024 * 1024
const newline = 10

/** Datagrams over UDP; see the declaration. */
export class NetcatUdpSource implements EventDrivenSource {
  readonly kind = 'event-driven'
  readonly #options: NetcatUdpOptions
  readonly #context: SourceContext
  #server: DatagramServer<Datagram> | undefined

  constructor(options: NetcatUdpOptions, context: SourceContext) {
    this.#options = options
    this.#context = context
  }

  async start(): Promise<void> {
    const { bind, port, receiveBufferBytes, remoteAddress } = this.#options
    const { clock } = this.#context
    this.#server = new DatagramServer<Datagram>(
      {
        host: bind,
        port,
        receiveBufferBytes,
        mostWaitingBytes,
        read: (bytes, sender) => datagramOf(bytes, remoteAddress === undefined ? undefined : sender),
        batchOf: (datagrams) => batchOfDatagrams(datagrams, remoteAddress, clock.now()),
      },
      this.#context,
    )
    await this.#server.start()
  }

  async stop(deadlineMs: number): Promise<void> {
    await this.#server?.stop(deadlineMs)
  }
}

function datagramOf(bytes: Buffer, sender: RemoteInfo | undefined): Datagram {
  const end = bytes.indexOf(newline)
  return {
    bytes,
    length: end < 0 ? bytes.length : end,
    sender: sender && javaSocketAddress(sender.address, sender.port),
  }
}

/** One slab for all: a part each would cost more than to copy a few bytes. */
function batchOfDatagrams(datagrams: readonly Datagram[], header: string | undefined, arrivedAt: number): EventBatch {
  const columns = header === undefined ? [] : ([[header, senders(datagrams)]] as const)
  if (datagrams.length === 1) {
    const { bytes, length } = datagrams[0]!
    return new EventBatch([new Part({ arrivedAt, slab: bytes, start: [0], end: [length], columns })])
  }
  const slab = Buffer.allocUnsafeSlow(datagrams.reduce((sum, { length }) => sum + length, 0))
  const start = new Uint32Array(datagrams.length)
  const end = new Uint32Array(datagrams.length)
  let at = 0
  for (const [row, { bytes, length }] of datagrams.entries()) {
    bytes.copy(slab, at, 0, length)
    start[row] = at
    at += length
    end[row] = at
  }
  return new EventBatch([new Part({ arrivedAt, slab, start, end, columns })])
}

function senders(datagrams: readonly Datagram[]): Column {
  const first = datagrams[0]!.sender!
  if (datagrams.every(({ sender }) => sender === first)) return { kind: 'constant', value: first }
  return { kind: 'list', values: datagrams.map(({ sender }) => sender) }
}
