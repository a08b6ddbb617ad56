import type { OptionsOf } from '../../../component/kit.ts'
import {
  type Counter,
  type EventBatch,
  type EventDrivenSource,
  messageOf,
  type NamedColumn,
  type SourceContext,
  settledWithin,
} from '../../../core/index.ts'
import { hostAndPort, plainAddress } from '../../../net/address.ts'
import { UdpListener } from '../../../net/udp-listener.ts'
import { ClassicParser } from '../../../protocols/syslog/classic-parser.ts'
import { keptFields } from '../../../protocols/syslog/keep-fields.ts'
import { MessageBatch } from '../../../protocols/syslog/message-batch.ts'
import { Timestamps } from '../../../protocols/syslog/timestamps.ts'
import { storedBy } from '../put-until-stored.ts'
import { ClientNames } from '../syslog/client-names.ts'
import { formatOf } from '../syslog/syslog-fields.ts'
import { constant } from '../syslog/syslog-server.ts'
import { batchOfDatagrams, type Datagram, datagramOf } from './datagrams.ts'
import type { syslogUdpFields } from './syslog-udp-fields.ts'

export type SyslogUdpOptions = OptionsOf<typeof syslogUdpFields>

/** Most memory of datagrams that wait while a put is under way; what comes beyond it is dropped. */
const mostWaitingBytes = 16 * 1024 * 1024
/** What a datagram costs beside its bytes. */
const datagramOverhead = 256
const kernelDropsEveryMs = 10_000
const noColumns: readonly NamedColumn[] = []

/** Syslog over UDP; see the declaration. What one turn of the event loop brings is one batch. */
export class SyslogUdpSource implements EventDrivenSource {
  readonly kind = 'event-driven'
  readonly #options: SyslogUdpOptions
  readonly #context: SourceContext
  readonly #names: ClientNames
  #listener: UdpListener | undefined
  #messages: MessageBatch | undefined
  #dropped: Counter | undefined
  #empty: Counter | undefined
  #invalid: Counter | undefined
  #waiting: Datagram[] = []
  #waitingBytes = 0
  #turn: NodeJS.Immediate | undefined
  #storing: Promise<void> | undefined
  #stopping: Promise<void> | undefined
  #kernelDrops = 0
  #cancelTimer: (() => void) | undefined
  #reading: Promise<void> = Promise.resolve()
  readonly #constants = new Map<string, readonly NamedColumn[]>()

  constructor(options: SyslogUdpOptions, context: SourceContext) {
    this.#options = options
    this.#context = context
    this.#names = new ClientNames(context.clock)
  }

  async start(): Promise<void> {
    const { host, port, receiveBufferBytes, keepFields, structuredData, format } = this.#options
    const { log, metrics, clock } = this.#context
    this.#dropped = metrics.counter('datagramsDropped')
    this.#empty = metrics.counter('datagramsEmpty')
    this.#invalid = metrics.counter('messagesInvalid')
    const timestamps = new Timestamps('local', () => clock.now())
    this.#messages = new MessageBatch({
      parser: new ClassicParser(timestamps, formatOf(format)),
      keep: keptFields(keepFields),
      names: { priority: 'priority', version: 'version' },
      structuredData,
    })
    const listener = new UdpListener({
      host,
      port,
      receiveBufferBytes,
      onDatagram: (datagram, { address }) => this.#receive(datagram, address),
      onError: (error) => log.warn('The socket failed.', { error: error.message }),
    })
    this.#listener = listener
    await listener.start()
    const { address, port: chosen } = listener.address
    const given = listener.receiveBufferBytes
    log.info('Listening.', { address: hostAndPort(address, chosen), protocol: 'udp', receiveBufferBytes: given })
    if (given < receiveBufferBytes) {
      log.info('The system gives a smaller receive buffer than was asked for; see net.core.rmem_max.', {
        asked: receiveBufferBytes,
        given,
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

  #receive(bytes: Buffer, address: string): void {
    if (this.#waitingBytes > mostWaitingBytes) {
      this.#drop(1)
      return
    }
    const datagram = datagramOf(bytes, address)
    if (!datagram) {
      this.#empty!.add(1)
      return
    }
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
    const naming = this.#nameSenders(waiting)
    if (naming) this.#storing = naming.then(() => this.#storeRest(this.#batchOf(waiting), undefined))
    else this.#storeNow(this.#batchOf(waiting))
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

  #batchOf(datagrams: readonly Datagram[]): EventBatch {
    const messages = this.#messages!
    const { clientIPHeader, clientHostnameHeader } = this.#options
    const hasSender = clientIPHeader !== undefined || clientHostnameHeader !== undefined
    const batch = batchOfDatagrams(datagrams, messages, this.#context.clock.now(), (address) =>
      hasSender ? this.#constantsOf(address) : noColumns,
    )
    this.#constants.clear()
    const { invalid } = messages.takeCounts()
    if (invalid > 0) this.#invalid!.add(invalid)
    return batch
  }

  /** Makes the headers of all senders of a batch; undefined: at once. */
  #nameSenders(datagrams: readonly Datagram[]): Promise<unknown> | undefined {
    const { clientHostnameHeader } = this.#options
    if (clientHostnameHeader === undefined) return undefined
    const unknown: Promise<unknown>[] = []
    for (const address of new Set(datagrams.map((datagram) => datagram.address))) {
      const name = this.#names.nameOf(plainAddress(address))
      if (typeof name === 'string') this.#setConstants(address, name)
      else unknown.push(name.then((found) => this.#setConstants(address, found)))
    }
    return unknown.length === 0 ? undefined : Promise.all(unknown)
  }

  #constantsOf(address: string): readonly NamedColumn[] {
    return this.#constants.get(address) ?? this.#setConstants(address, plainAddress(address))
  }

  #setConstants(address: string, name: string): readonly NamedColumn[] {
    const { clientIPHeader, clientHostnameHeader } = this.#options
    const columns: NamedColumn[] = []
    if (clientIPHeader !== undefined) columns.push(constant(clientIPHeader, plainAddress(address)))
    if (clientHostnameHeader !== undefined) columns.push(constant(clientHostnameHeader, name))
    this.#constants.set(address, columns)
    return columns
  }

  /** A message that is not taken is dropped, those after it are put. Never rejects. */
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
        this.#context.log.warn('The channel did not take messages; they are dropped.', { error: messageOf(error) })
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
