import type { EventDrivenSource, SourceContext } from '../../../core/index.ts'
import { LegacyCallReader } from '../../../protocols/legacy-avro/index.ts'
import { RpcServer, type RpcServerOptions } from '../../rpc/rpc-server.ts'
import { RequestStore } from '../../rpc/store-request.ts'
import { type AvroLegacyHouse, AvroLegacySession } from './avro-legacy-session.ts'

export interface AvroLegacyOptions extends Omit<RpcServerOptions, 'tls' | 'session'> {
  readonly maxRequestSize: number
}

/** Calls of Flume 0.9 over HTTP to events; see the declaration. */
export class AvroLegacySource implements EventDrivenSource {
  readonly kind = 'event-driven'
  readonly #server: RpcServer

  constructor(options: AvroLegacyOptions, context: SourceContext) {
    const { maxRequestSize } = options
    const house: AvroLegacyHouse = {
      context,
      maxRequestSize,
      store: new RequestStore(context),
      reader: new LegacyCallReader(),
    }
    const session = (): AvroLegacySession => new AvroLegacySession(house)
    this.#server = new RpcServer({ ...options, tls: undefined, session }, context)
  }

  /** @throws ComponentFailedError where it cannot be listened on */
  start(): Promise<void> {
    return this.#server.start()
  }

  stop(deadlineMs: number): Promise<void> {
    return this.#server.stop(deadlineMs)
  }
}
