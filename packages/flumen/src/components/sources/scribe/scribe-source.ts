import type { EventDrivenSource, SourceContext } from '../../../core/index.ts'
import { RpcServer, type RpcServerOptions } from '../../rpc/rpc-server.ts'
import { ScribeSession } from './scribe-session.ts'

export interface ScribeSourceOptions extends Omit<RpcServerOptions, 'host' | 'tls' | 'session'> {
  readonly bind: string | undefined
  readonly maxReadBufferBytes: number
}

/** Scribe's calls to events; see the declaration. */
export class ScribeSource implements EventDrivenSource {
  readonly kind = 'event-driven'
  readonly #server: RpcServer

  constructor(options: ScribeSourceOptions, context: SourceContext) {
    const session = (): ScribeSession => new ScribeSession(context, options.maxReadBufferBytes)
    this.#server = new RpcServer({ ...options, host: options.bind, tls: undefined, session }, context)
  }

  /** @throws ComponentFailedError where it cannot be listened on */
  start(): Promise<void> {
    return this.#server.start()
  }

  stop(deadlineMs: number): Promise<void> {
    return this.#server.stop(deadlineMs)
  }
}
