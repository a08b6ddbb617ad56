import type { OptionsOf } from '../../../component/kit.ts'
import { type EventDrivenSource, type SourceContext, StoppedError } from '../../../core/index.ts'
import { answersWith } from '../../rpc/compression.ts'
import { RpcServer } from '../../rpc/rpc-server.ts'
import { RequestStore } from '../../rpc/store-request.ts'
import { loadServerTls } from '../server-tls.ts'
import type { thriftFields } from './thrift-fields.ts'
import { type ThriftHouse, ThriftSession } from './thrift-session.ts'

export type ThriftSourceOptions = OptionsOf<typeof thriftFields>

/** Thrift's calls to events; see the declaration. */
export class ThriftSource implements EventDrivenSource {
  readonly kind = 'event-driven'
  readonly #options: ThriftSourceOptions
  readonly #context: SourceContext
  #server: RpcServer | undefined
  #isStopped = false

  constructor(options: ThriftSourceOptions, context: SourceContext) {
    this.#options = options
    this.#context = context
  }

  /** @throws ComponentFailedError where it cannot be listened on, or a key store cannot be used */
  async start(): Promise<void> {
    const { bind, port, protocol, maxRequestSize } = this.#options
    const tls = await loadServerTls(this.#options)
    if (this.#isStopped) throw new StoppedError('stopped before it listened')
    const house: ThriftHouse = {
      context: this.#context,
      store: new RequestStore(this.#context),
      protocol: protocol === 'binary' ? 'binary' : 'compact',
      maxRequestSize,
    }
    const session = (): ThriftSession => new ThriftSession(house)
    const compression = answersWith(this.#options['compression-type'])
    this.#server = new RpcServer({ ...this.#options, host: bind, port, tls, session, compression }, this.#context)
    await this.#server.start()
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#isStopped = true
    await this.#server?.stop(deadlineMs)
  }
}
