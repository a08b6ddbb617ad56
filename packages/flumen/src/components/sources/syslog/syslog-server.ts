import type { Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'
import { type NamedColumn, type SourceContext, settledWithin } from '../../../core/index.ts'
import { hostAndPort, plainAddress } from '../../../net/address.ts'
import { SharedTimeout } from '../../../net/shared-timeout.ts'
import { TcpListener } from '../../../net/tcp-listener.ts'
import type { Framing } from '../../../protocols/syslog/framer.ts'
import { MessageBatch, type MessageRules } from '../../../protocols/syslog/message-batch.ts'
import { listenerReports } from '../../listener-reports.ts'
import { HeldBytes } from '../held-bytes.ts'
import { mostAheadOfAll } from '../read-ahead.ts'
import { graceMs } from '../stop-grace.ts'
import type { ClientNames } from './client-names.ts'
import { SyslogConnection, type SyslogHouse } from './syslog-connection.ts'

export interface SyslogServerOptions {
  readonly host: string | undefined
  readonly port: number
  readonly path?: string | undefined
  readonly tls: TlsOptions | undefined
  readonly rules: MessageRules
  readonly eventSize: number
  readonly framing: Framing | 'relp'
  readonly batchSize: number
  readonly portHeader?: string | undefined
  readonly clientIPHeader: string | undefined
  readonly clientHostnameHeader: string | undefined
  readonly names: ClientNames
  readonly lineTimeout: number
  readonly maxConnections: number
  readonly maxConnectionsPerAddress: number
  onCount(connections: number): void
}

/** One port of a source of syslog: its listener and its connections. */
export class SyslogServer {
  readonly #options: SyslogServerOptions
  readonly #context: SourceContext
  readonly #listener: TcpListener
  readonly #house: SyslogHouse
  readonly #connections = new Map<Socket, SyslogConnection>()
  /** Puts of connections that may be gone already. */
  readonly #over = new AbortController()
  readonly #timeouts: SharedTimeout<SyslogConnection>

  constructor(options: SyslogServerOptions, context: SourceContext) {
    this.#options = options
    this.#context = context
    const { log, clock, metrics } = context
    const timedOut = metrics.counter('lineTimeouts')
    this.#timeouts = new SharedTimeout<SyslogConnection>(clock, options.lineTimeout, (connection) => {
      timedOut.add(1)
      log.warn('A message was not ended in time; its connection is closed.')
      connection.destroy()
    })
    this.#listener = this.#makeListener()
    this.#house = this.#makeHouse()
  }

  /** @throws ComponentFailedError where it cannot be listened on */
  async start(): Promise<void> {
    await this.#listener.start()
    const { path } = this.#options
    const { log } = this.#context
    if (path !== undefined) log.info('Listening.', { address: path, protocol: 'unix' })
    else {
      const { address, port } = this.#listener.address
      const protocol = this.#options.tls ? 'tls' : 'tcp'
      log.info('Listening.', { address: hostAndPort(address, port), protocol })
    }
  }

  /** Reads no more; what was read is still put until the deadline. */
  async stop(deadlineMs: number): Promise<void> {
    const { clock } = this.#context
    const storing = Promise.all(Array.from(this.#connections.values(), (connection) => connection.storing))
    const closed = this.#listener.stop(deadlineMs)
    await settledWithin(Promise.all([storing, closed]), deadlineMs, clock)
    this.#over.abort()
    await closed
    await settledWithin(storing, graceMs, clock)
    this.#timeouts.clear()
  }

  #makeListener(): TcpListener {
    const { host, port, path, tls, lineTimeout, maxConnections, maxConnectionsPerAddress, onCount } = this.#options
    const { clock } = this.#context
    return new TcpListener({
      host,
      port,
      path,
      tls,
      handshakeMs: lineTimeout,
      maxConnections,
      maxConnectionsPerAddress,
      clock,
      onConnection: (socket) => this.#welcome(socket),
      onStop: (socket) => {
        const connection = this.#connections.get(socket)
        if (connection) connection.finish()
        else socket.destroy()
      },
      onCount,
      ...listenerReports(this.#context),
    })
  }

  #makeHouse(): SyslogHouse {
    const { rules, framing, eventSize, batchSize } = this.#options
    const { metrics, log } = this.#context
    const messages = new MessageBatch(rules)
    const invalid = metrics.counter('messagesInvalid')
    const cut = metrics.counter('messagesCut')
    const unterminated = metrics.counter('messagesUnterminated')
    const lost = metrics.counter('messagesLost')
    const protocolErrors = metrics.counter('protocolErrors')
    return {
      context: this.#context,
      listener: this.#listener,
      ahead: new HeldBytes(mostAheadOfAll),
      timeouts: this.#timeouts,
      messages,
      framing,
      eventSize,
      batchSize,
      signal: this.#over.signal,
      onRead: () => {
        const counts = messages.takeCounts()
        if (counts.invalid > 0) invalid.add(counts.invalid)
        if (counts.cut > 0) cut.add(counts.cut)
      },
      onUnterminated: () => unterminated.add(1),
      onProtocolError: (error) => {
        protocolErrors.add(1)
        log.warn('A client does not speak RELP; its connection is closed.', { error })
      },
      onLost: (events) => {
        lost.add(events)
        log.error('Messages were read and could not be stored.', { events })
      },
    }
  }

  #welcome(socket: Socket): void {
    const constants = this.#constantsOf(socket)
    if (!(constants instanceof Promise)) {
      this.#connect(socket, constants)
      return
    }
    this.#listener.hold(socket)
    void constants.then((known) => {
      if (!socket.destroyed) this.#connect(socket, known)
      this.#listener.release(socket)
    })
  }

  #connect(socket: Socket, constants: readonly NamedColumn[]): void {
    this.#connections.set(socket, new SyslogConnection(socket, this.#house, constants))
    socket.once('close', () => {
      const connection = this.#connections.get(socket)
      void (connection?.storing ?? Promise.resolve()).then(() => this.#connections.delete(socket))
    })
  }

  #constantsOf(socket: Socket): readonly NamedColumn[] | Promise<readonly NamedColumn[]> {
    const { portHeader, clientIPHeader, clientHostnameHeader, names } = this.#options
    const address = plainAddress(socket.remoteAddress ?? '')
    const columns: NamedColumn[] = []
    if (portHeader !== undefined) columns.push(constant(portHeader, String(socket.localPort ?? '')))
    if (clientIPHeader !== undefined) columns.push(constant(clientIPHeader, address))
    if (clientHostnameHeader === undefined) return columns
    const name = names.nameOf(address)
    if (typeof name === 'string') return [...columns, constant(clientHostnameHeader, name)]
    return name.then((found) => [...columns, constant(clientHostnameHeader, found)])
  }
}

export function constant(name: string, value: string): NamedColumn {
  return [name, { kind: 'constant', value }]
}
