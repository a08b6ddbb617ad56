import type { OptionsOf } from '../../../component/kit.ts'
import type { ComponentContext, Delivery, EventBatch, Sink, SinkLimits } from '../../../core/index.ts'
import type { ThriftProtocol } from '../../../protocols/thrift-rpc/index.ts'
import { compressionOf } from '../../rpc/compression.ts'
import { RpcSink } from '../../rpc/rpc-sink.ts'
import { ThriftConversation } from './thrift-conversation.ts'
import type { thriftSinkFields } from './thrift-fields.ts'

export type ThriftSinkOptions = OptionsOf<typeof thriftSinkFields>

/** Of a request the bodies may have so much; the rest is for headers. */
const bodyShare = 0.75

/** Batches as calls of Thrift; see the declaration. */
export class ThriftSink implements Sink {
  readonly limits: SinkLimits
  readonly #sink: RpcSink<Buffer>

  constructor(options: ThriftSinkOptions, context: ComponentContext) {
    const protocol: ThriftProtocol = options.protocol === 'binary' ? 'binary' : 'compact'
    const { maxRequestSize } = options
    const converse = (): ThriftConversation => new ThriftConversation(protocol, maxRequestSize)
    const compression = compressionOf(options['compression-type'], options['compression-level'])
    this.#sink = new RpcSink({ ...options, converse, compression, compressesWithinTls: true }, context)
    this.limits = {
      ...this.#sink.limits,
      bytes: Math.min(this.#sink.limits.bytes, Math.floor(maxRequestSize * bodyShare)),
    }
  }

  start(): Promise<void> {
    return this.#sink.start()
  }

  stop(): Promise<void> {
    return this.#sink.stop()
  }

  deliver(batch: EventBatch, delivery: Delivery): Promise<void> {
    return this.#sink.deliver(batch, delivery)
  }
}
