import type { OptionsOf } from '../../../component/kit.ts'
import type { Counter, EventBatch, EventDrivenSource, NamedColumn, SourceContext } from '../../../core/index.ts'
import { plainAddress } from '../../../net/address.ts'
import { ClassicParser } from '../../../protocols/syslog/classic-parser.ts'
import { keptFields } from '../../../protocols/syslog/keep-fields.ts'
import { MessageBatch } from '../../../protocols/syslog/message-batch.ts'
import { Timestamps } from '../../../protocols/syslog/timestamps.ts'
import { DatagramServer } from '../datagram-server.ts'
import { ClientNames } from '../syslog/client-names.ts'
import { formatOf } from '../syslog/syslog-fields.ts'
import { constant } from '../syslog/syslog-server.ts'
import { batchOfDatagrams, type Datagram, datagramOf } from './datagrams.ts'
import type { syslogUdpFields } from './syslog-udp-fields.ts'

export type SyslogUdpOptions = OptionsOf<typeof syslogUdpFields>

const mostWaitingBytes = 16 * 1024 * 1024
const noColumns: readonly NamedColumn[] = []

/** Syslog over UDP; see the declaration. */
export class SyslogUdpSource implements EventDrivenSource {
  readonly kind = 'event-driven'
  readonly #options: SyslogUdpOptions
  readonly #context: SourceContext
  readonly #names: ClientNames
  readonly #messages: MessageBatch
  readonly #invalid: Counter
  /** Headers of the senders of the batch that is made. */
  readonly #constants = new Map<string, readonly NamedColumn[]>()
  #server: DatagramServer<Datagram> | undefined

  constructor(options: SyslogUdpOptions, context: SourceContext) {
    this.#options = options
    this.#context = context
    const { clock, metrics } = context
    this.#names = new ClientNames(clock)
    this.#invalid = metrics.counter('messagesInvalid')
    this.#messages = new MessageBatch({
      parser: new ClassicParser(new Timestamps('local', () => clock.now()), formatOf(options.format)),
      keep: keptFields(options.keepFields),
      names: { priority: 'priority', version: 'version' },
      structuredData: options.structuredData,
    })
  }

  async start(): Promise<void> {
    const { host, port, receiveBufferBytes } = this.#options
    const empty = this.#context.metrics.counter('datagramsEmpty')
    this.#server = new DatagramServer<Datagram>(
      {
        host,
        port,
        receiveBufferBytes,
        mostWaitingBytes,
        read: (bytes, { address }) => {
          const datagram = datagramOf(bytes, address)
          if (!datagram) empty.add(1)
          return datagram
        },
        batchOf: (datagrams) => {
          const naming = this.#nameSenders(datagrams)
          return naming ? naming.then(() => this.#batchOf(datagrams)) : this.#batchOf(datagrams)
        },
      },
      this.#context,
    )
    await this.#server.start()
  }

  async stop(deadlineMs: number): Promise<void> {
    await this.#server?.stop(deadlineMs)
  }

  #batchOf(datagrams: readonly Datagram[]): EventBatch {
    const { clientIPHeader, clientHostnameHeader } = this.#options
    const hasSender = clientIPHeader !== undefined || clientHostnameHeader !== undefined
    const batch = batchOfDatagrams(datagrams, this.#messages, this.#context.clock.now(), (address) =>
      hasSender ? this.#constantsOf(address) : noColumns,
    )
    this.#constants.clear()
    const { invalid } = this.#messages.takeCounts()
    if (invalid > 0) this.#invalid.add(invalid)
    return batch
  }

  /** Makes the headers of all senders of a batch; undefined: at once. */
  #nameSenders(datagrams: readonly Datagram[]): Promise<unknown> | undefined {
    if (this.#options.clientHostnameHeader === undefined) return undefined
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
}
