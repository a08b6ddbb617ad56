import type { RemoteInfo } from 'node:dgram'
import { type Counter, type EventBatch, messageOf, type SourceContext, settledWithin } from '../../core/index.ts'
import { hostAndPort } from '../../net/address.ts'
import { UdpListener } from '../../net/udp-listener.ts'
import { storedBy } from './put-until-stored.ts'

export interface DatagramServerOptions<D> {
  /** Undefined: all addresses. */
  readonly host: string | undefined
  readonly port: number
  /** Undefined: what the system gives. */
  readonly receiveBufferBytes: number | undefined
  /** Most memory of datagrams that wait while a put is under way; what comes beyond it is dropped. */
  readonly mostWaitingBytes: number
  /** What is kept of a datagram until it is put; undefined: nothing. */
  read(bytes: Buffer, sender: RemoteInfo): D | undefined
  /** The events of what came in one turn of the event loop. A promise never rejects. */
  batchOf(datagrams: readonly D[]): EventBatch | Promise<EventBatch>
}

/** Metrics of a source that has such a server. */
export const datagramMetrics = [
  { name: 'datagramsDropped', kind: 'counter', isLoss: true, doc: 'Datagrams that the channel did not take.' },
  {
    name: 'kernelDrops',
    kind: 'counter',
    isLoss: true,
    doc: 'Datagrams that the kernel dropped because its buffer was full.',
  },
] as const

/** What a datagram costs beside its bytes. */
const datagramOverhead = 256
const kernelDropsEveryMs = 10_000

/**
 * A UDP socket and the way of its datagrams into the channels: what one turn of the event loop brings is one put. What
 * comes while a put is under way waits, within bounds; a row that is not taken is dropped, and every drop is counted.
 */
export class DatagramServer<D> {
  readonly #options: DatagramServerOptions<D>
  readonly #context: SourceContext
  readonly #listener: UdpListener
  readonly #dropped: Counter
  #waiting: D[] = []
  #waitingBytes = 0
  #turn: NodeJS.Immediate | undefined
  #storing: Promise<void> | undefined
  #stopping: Promise<void> | undefined
  #kernelDrops = 0
  #cancelTimer: (() => void) | undefined
  #reading: Promise<void> = Promise.resolve()

  constructor(options: DatagramServerOptions<D>, context: SourceContext) {
    this.#options = options
    this.#context = context
    this.#dropped = context.metrics.counter('datagramsDropped')
    const { host, port, receiveBufferBytes } = options
    this.#listener = new UdpListener({
      host,
      port,
      receiveBufferBytes,
      onDatagram: (datagram, sender) => this.#receive(datagram, sender),
      onError: (error) => context.log.warn('The socket failed.', { error: error.message }),
    })
  }

  /** @throws ComponentFailedError where it cannot be listened on */
  async start(): Promise<void> {
    const listener = this.#listener
    await listener.start()
    const { log } = this.#context
    const { receiveBufferBytes } = this.#options
    const { address, port } = listener.address
    const given = listener.receiveBufferBytes
    log.info('Listening.', { address: hostAndPort(address, port), protocol: 'udp', receiveBufferBytes: given })
    if (receiveBufferBytes !== undefined && given < receiveBufferBytes) {
      log.info('The system gives a smaller receive buffer than was asked for; see net.core.rmem_max.', {
        asked: receiveBufferBytes,
        given,
      })
    }
    this.#watchKernel()
  }

  /** What was read before is still put; it is dropped where there is no room at once. */
  stop(deadlineMs: number): Promise<void> {
    this.#stopping ??= this.#stop(deadlineMs)
    return this.#stopping
  }

  async #stop(deadlineMs: number): Promise<void> {
    this.#cancelTimer?.()
    await this.#reading
    await this.#readKernelDrops()
    await this.#listener.stop()
    this.#store()
    await settledWithin(this.#allStored(), deadlineMs, this.#context.clock)
    this.#drop(this.#waiting.length)
    this.#waiting = []
  }

  async #allStored(): Promise<void> {
    while (this.#storing) await this.#storing
  }

  #receive(bytes: Buffer, sender: RemoteInfo): void {
    if (this.#waitingBytes > this.#options.mostWaitingBytes) {
      this.#drop(1)
      return
    }
    const datagram = this.#options.read(bytes, sender)
    if (datagram === undefined) return
    this.#waiting.push(datagram)
    this.#waitingBytes += bytes.length + datagramOverhead
    if (!this.#storing) this.#turn ??= setImmediate(() => this.#store())
  }

  /** Puts what waits, unless a put is under way: that goes on with it at its end. */
  #store(): void {
    clearImmediate(this.#turn)
    this.#turn = undefined
    if (this.#storing || this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    const batch = this.#options.batchOf(waiting)
    if (batch instanceof Promise) this.#storing = batch.then((named) => this.#storeRest(named, undefined))
    else this.#storeNow(batch)
  }

  #storeNow(batch: EventBatch): void {
    try {
      const storing = this.#context.put(batch)
      if (storing) this.#storing = this.#storeRest(batch, () => storing)
    } catch (error) {
      this.#storing = this.#storeRest(batch, () => {
        throw error
      })
    }
  }

  /** A row that is not taken is dropped, those after it are put. Never rejects. */
  async #storeRest(batch: EventBatch, first: (() => void | Promise<void>) | undefined): Promise<void> {
    let rest = batch
    let put = first ?? ((): void | Promise<void> => this.#context.put(rest))
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
    if (datagrams > 0) this.#dropped.add(datagrams)
  }

  #watchKernel(): void {
    this.#cancelTimer = this.#context.clock.after(kernelDropsEveryMs, () => {
      this.#reading = this.#readKernelDrops().then(() => {
        if (!this.#stopping) this.#watchKernel()
      })
    })
  }

  async #readKernelDrops(): Promise<void> {
    const drops = (await this.#listener.kernelDrops()) ?? 0
    const more = drops - this.#kernelDrops
    if (more <= 0) return
    this.#kernelDrops = drops
    const { metrics, log } = this.#context
    metrics.counter('kernelDrops').add(more)
    log.warn('The kernel dropped datagrams because its receive buffer was full.', {
      datagrams: more,
      receiveBufferBytes: this.#listener.receiveBufferBytes,
    })
  }
}
