import type { Socket } from 'node:net'
import type { EventDrivenSource, SourceContext } from '../../../core/index.ts'
import { hostAndPort } from '../../../net/address.ts'
import { SharedTimeout } from '../../../net/shared-timeout.ts'
import { TcpListener } from '../../../net/tcp-listener.ts'
import { listenerReports } from '../../listener-reports.ts'
import { HeldBytes } from '../held-bytes.ts'
import { mostAheadOfAll } from '../read-ahead.ts'
import { NetcatConnection, type NetcatHouse } from './netcat-connection.ts'
import { netcatEncoding } from './netcat-encoding.ts'

export interface NetcatOptions {
  readonly bind: string
  readonly port: number
  readonly 'max-line-length': number
  readonly 'ack-every-event': boolean
  readonly encoding: string
  /** Ms; 0: none. */
  readonly lineTimeout: number
  readonly maxConnections: number
  readonly maxConnectionsPerAddress: number
}

/** Lines over TCP; see the declaration. */
export class NetcatSource implements EventDrivenSource {
  readonly kind = 'event-driven'
  readonly #options: NetcatOptions
  readonly #context: SourceContext
  readonly #connections = new Map<Socket, NetcatConnection>()
  #listener: TcpListener | undefined
  #timeouts: SharedTimeout<NetcatConnection> | undefined

  constructor(options: NetcatOptions, context: SourceContext) {
    this.#options = options
    this.#context = context
  }

  async start(): Promise<void> {
    const { log, clock, metrics } = this.#context
    const { bind, port, maxConnections, maxConnectionsPerAddress } = this.#options
    const open = metrics.gauge('openConnections')
    this.#listener = new TcpListener({
      host: bind,
      port,
      maxConnections,
      maxConnectionsPerAddress,
      clock,
      onConnection: (socket) => this.#welcome(socket, house),
      onStop: (socket) => this.#connections.get(socket)?.finish(),
      onCount: (connections) => open.set(connections),
      ...listenerReports(this.#context),
    })
    const house = this.#house(this.#listener)
    await this.#listener.start()
    const { address, port: chosen } = this.#listener.address
    log.info('Listening.', { address: hostAndPort(address, chosen), protocol: 'tcp' })
  }

  async stop(deadlineMs: number): Promise<void> {
    await this.#listener?.stop(deadlineMs)
    this.#timeouts?.clear()
  }

  #house(listener: TcpListener): NetcatHouse {
    const { metrics, clock, log } = this.#context
    const timedOut = metrics.counter('lineTimeouts')
    this.#timeouts = new SharedTimeout<NetcatConnection>(clock, this.#options.lineTimeout, (connection) => {
      timedOut.add(1)
      log.warn('A line was not ended in time; its connection is closed.')
      connection.destroy()
    })
    return {
      context: this.#context,
      listener,
      ahead: new HeldBytes(mostAheadOfAll),
      timeouts: this.#timeouts,
      encoding: netcatEncoding(this.#options.encoding),
      maxLineLength: this.#options['max-line-length'],
      acknowledges: this.#options['ack-every-event'],
      tooLong: metrics.counter('linesTooLong'),
      undecodable: metrics.counter('linesUndecodable'),
      unterminated: metrics.counter('linesUnterminated'),
    }
  }

  #welcome(socket: Socket, house: NetcatHouse): void {
    this.#connections.set(socket, new NetcatConnection(socket, house))
    socket.once('close', () => this.#connections.delete(socket))
  }
}
