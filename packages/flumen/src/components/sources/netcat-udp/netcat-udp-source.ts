import type { RemoteInfo } from 'node:dgram'
import {
  type Column,
  type Counter,
  EventBatch,
  type EventDrivenSource,
  messageOf,
  Part,
  type SourceContext,
  settledWithin,
} from '../../../core/index.ts'
import { hostAndPort, javaSocketAddress } from '../../../net/address.ts'
import { UdpListener } from '../../../net/udp-listener.ts'
import { storedBy } from '../put-until-stored.ts'

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

/** Most memory of datagrams that wait while a put is under way; what comes beyond it is dropped. */
const mostWaitingBytes = 4 * 1024 * 1024
/** What a datagram costs beside its bytes. */
const datagramOverhead = 256
const kernelDropsEveryMs = 10_000

/** Datagrams over UDP; see the declaration. What one turn of the event loop brings is one batch. */
export class NetcatUdpSource implements EventDrivenSource {
  readonly kind = 'event-driven'
  readonly #options: NetcatUdpOptions
  readonly #context: SourceContext
  #listener: UdpListener | undefined
  #dropped: Counter | undefined
  #waiting: Datagram[] = []
  #waitingBytes = 0
  #turn: NodeJS.Immediate | undefined
  #storing: Promise<void> | undefined
  #stopping: Promise<void> | undefined
  #kernelDrops = 0
  #cancelTimer: (() => void) | undefined
  #reading: Promise<void> = Promise.resolve()

  constructor(options: NetcatUdpOptions, context: SourceContext) {
    this.#options = options
    this.#context = context
  }

  async start(): Promise<void> {
    const { bind, port, receiveBufferBytes } = this.#options
    const { log, metrics } = this.#context
    this.#dropped = metrics.counter('datagramsDropped')
    const listener = new UdpListener({
      host: bind,
      port,
      receiveBufferBytes,
      onDatagram: (datagram, sender) => this.#receive(datagram, sender),
      onError: (error) => log.warn('The socket failed.', { error: error.message }),
    })
    this.#listener = listener
    await listener.start()
    const { address, port: chosen } = listener.address
    log.info('Listening.', { address: hostAndPort(address, chosen), protocol: 'udp' })
    if (receiveBufferBytes && listener.receiveBufferBytes < receiveBufferBytes) {
      log.warn('The system gives a smaller receive buffer than was asked for; see net.core.rmem_max.', {
        asked: receiveBufferBytes,
        given: listener.receiveBufferBytes,
      })
    }
    this.#watchKernel(listener)
  }

  /** What was read before is still put; it is dropped where there is no room at once. */
  stop(deadlineMs: number): Promise<void> {
    this.#stopping ??= this.#stop(deadlineMs)
    return this.#stopping
  }

  async #stop(deadlineMs: number): Promise<void> {
    const listener = this.#listener
    if (!listener) return
    this.#cancelTimer?.()
    await this.#reading
    await this.#readKernelDrops(listener)
    await listener.stop()
    this.#store()
    await settledWithin(this.#allStored(), deadlineMs, this.#context.clock)
    this.#drop(this.#waiting.length)
    this.#waiting = []
  }

  async #allStored(): Promise<void> {
    while (this.#storing) await this.#storing
  }

  #receive(datagram: Buffer, { address, port }: RemoteInfo): void {
    if (this.#waitingBytes > mostWaitingBytes) {
      this.#drop(1)
      return
    }
    const newline = datagram.indexOf(10)
    const sender = this.#options.remoteAddress === undefined ? undefined : javaSocketAddress(address, port)
    this.#waiting.push({ bytes: datagram, length: newline < 0 ? datagram.length : newline, sender })
    this.#waitingBytes += datagram.length + datagramOverhead
    if (!this.#storing) this.#turn ??= setImmediate(() => this.#store())
  }

  /** Puts what waits, unless a put is under way: that goes on with it at its end. */
  #store(): void {
    clearImmediate(this.#turn)
    this.#turn = undefined
    if (this.#storing || this.#waiting.length === 0) return
    const batch = batchOfDatagrams(this.#waiting, this.#options.remoteAddress, this.#context.clock.now())
    this.#waiting = []
    this.#waitingBytes = 0
    try {
      const storing = this.#context.put(batch)
      if (storing) this.#storing = this.#storeRest(batch, () => storing)
    } catch (error) {
      this.#storing = this.#storeRest(batch, () => {
        throw error
      })
    }
  }

  /** A datagram that is not taken is dropped, those after it are put. Never rejects. */
  async #storeRest(batch: EventBatch, first: () => void | Promise<void>): Promise<void> {
    let rest = batch
    let put = first
    while (rest.length > 0) {
      try {
        await put()
        break
      } catch (error) {
        const stored = storedBy(error)
        const given = this.#stopping ? rest.length - stored : 1
        this.#drop(given)
        this.#context.log.warn('The channel did not take datagrams; they are dropped.', { error: messageOf(error) })
        rest = rest.slice(stored + given, rest.length)
      }
      put = () => this.#context.put(rest)
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
    this.#storing = undefined
    this.#store()
  }

  #drop(datagrams: number): void {
    if (datagrams > 0) this.#dropped!.add(datagrams)
  }

  #watchKernel(listener: UdpListener): void {
    this.#cancelTimer = this.#context.clock.after(kernelDropsEveryMs, () => {
      this.#reading = this.#readKernelDrops(listener).then(() => {
        if (!this.#stopping) this.#watchKernel(listener)
      })
    })
  }

  async #readKernelDrops(listener: UdpListener): Promise<void> {
    const drops = (await listener.kernelDrops()) ?? 0
    const more = drops - this.#kernelDrops
    if (more <= 0) return
    this.#kernelDrops = drops
    const { metrics, log } = this.#context
    metrics.counter('kernelDrops').add(more)
    log.warn('The kernel dropped datagrams because its receive buffer was full.', {
      datagrams: more,
      receiveBufferBytes: listener.receiveBufferBytes,
    })
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
