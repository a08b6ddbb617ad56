import { type EventDrivenSource, type SourceContext, StoppedError } from '../../../core/index.ts'
import { KnownClients } from '../../../protocols/avro-rpc/handshake.ts'
import { answersWith } from '../../rpc/compression.ts'
import { Room } from '../../rpc/room.ts'
import { RpcServer } from '../../rpc/rpc-server.ts'
import { RequestStore } from '../../rpc/store-request.ts'
import { loadServerTls } from '../server-tls.ts'
import type { AvroSourceOptions } from './avro-fields.ts'
import { type AvroHouse, AvroSession } from './avro-session.ts'
import { type IpRule, isAccepted, parseIpRules } from './ip-filter.ts'

/** Avro's calls over TCP to events; see the declaration. */
export class AvroSource implements EventDrivenSource {
  readonly kind = 'event-driven'
  readonly #options: AvroSourceOptions
  readonly #context: SourceContext
  #server: RpcServer | undefined
  #isStopped = false

  constructor(options: AvroSourceOptions, context: SourceContext) {
    this.#options = options
    this.#context = context
  }

  /** @throws ComponentFailedError where it cannot be listened on, or a key store cannot be used */
  async start(): Promise<void> {
    const tls = await loadServerTls(this.#options)
    if (this.#isStopped) throw new StoppedError('stopped before it listened')
    const { clock, log, metrics } = this.#context
    const house: AvroHouse = {
      clock,
      log,
      store: new RequestStore(this.#context),
      known: new KnownClients(),
      maxRequestSize: this.#options.maxRequestSize,
      maxInflationRatio: this.#options.maxInflationRatio,
      room: new Room(this.#options.maxHeldSize),
      invalid: metrics.counter('requestsInvalid'),
    }
    const rules = rulesOf(this.#options)
    this.#server = new RpcServer(
      {
        ...this.#options,
        host: this.#options.bind,
        tls,
        session: () => new AvroSession(house),
        ...(rules && { accepts: (address) => isAccepted(rules, address) }),
        compression: answersWith(this.#options['compression-type']),
      },
      this.#context,
    )
    await this.#server.start()
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#isStopped = true
    await this.#server?.stop(deadlineMs)
  }
}

function rulesOf({ ipFilter, ipFilterRules }: AvroSourceOptions): readonly IpRule[] | undefined {
  const parsed = ipFilter ? parseIpRules(ipFilterRules ?? '') : undefined
  return parsed && 'rules' in parsed ? parsed.rules : undefined
}
