import type { EventDrivenSource, SourceContext } from '../../../core/index.ts'
import { RpcServer, type RpcServerOptions } from '../../rpc/rpc-server.ts'
import { ThriftLegacySession } from './thrift-legacy-session.ts'

export interface ThriftLegacyOptions extends Omit<RpcServerOptions, 'tls' | 'session'> {
  readonly maxRequestSize: number
}

/** Calls of Flume 0.9 to events; see the declaration. */
export class ThriftLegacySource implements EventDrivenSource {
  readonly kind = 'event-driven'
  readonly #server: RpcServer
  /** Ends the waits for channels that have no room. */
  readonly #over = new AbortController()

  constructor(options: ThriftLegacyOptions, context: SourceContext) {
    const { signal } = this.#over
    const session = (): ThriftLegacySession => new ThriftLegacySession(context, options.maxRequestSize, signal)
    this.#server = new RpcServer({ ...options, tls: undefined, session }, context)
  }

  /** @throws ComponentFailedError where it cannot be listened on */
  start(): Promise<void> {
    return this.#server.start()
  }

  /** What was read is put until the deadline; what is not stored then is lost, and counted. */
  async stop(deadlineMs: number): Promise<void> {
    try {
      await this.#server.stop(deadlineMs)
    } finally {
      this.#over.abort()
    }
  }
}
