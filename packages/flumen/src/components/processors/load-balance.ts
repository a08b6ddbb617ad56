import { defineSinkProcessor, field } from '../../component/kit.ts'
import {
  type EventBatch,
  type FlumenErrorShape,
  retryAfterOf,
  type SinkProcessor,
  type SinkSelector,
  verdictOf,
} from '../../core/index.ts'
import { BackOff } from './back-off.ts'

export default defineSinkProcessor({
  type: 'load_balance',
  className: 'org.apache.flume.sink.LoadBalancingSinkProcessor',
  summary: 'Spreads the batches over the sinks of the group.',
  description:
    'A batch whose sink fails goes to the next one at once. With backoff, a sink that failed is left alone for 2 s, ' +
    'then 4, 8, 16 s and so on up to selector.maxTimeOut, and a success begins anew; so it is for every selector.',
  fields: {
    selector: field.component('sinkSelector', {
      default: 'round_robin',
      doc: 'What chooses the sink of a batch: round_robin, random, or a sink selector of your own.',
    }),
    backoff: field.boolean({ default: false, doc: 'Whether a sink that failed is left alone for a while.' }),
    'selector.maxTimeOut': field.duration({
      default: 30000,
      unit: 'ms',
      min: 0,
      doc: 'The longest time that a failed sink is left alone. 0 is the default.',
    }),
  },
  examples: [
    'a1.sinkgroups.g1.sinks = k1 k2\na1.sinkgroups.g1.processor.type = load_balance\n' +
      'a1.sinkgroups.g1.processor.selector = random\na1.sinkgroups.g1.processor.backoff = true',
  ],
  async create({ selector, backoff, 'selector.maxTimeOut': maxTimeOut }, context) {
    const backOff = backoff ? new BackOff(maxTimeOut || 30_000, context.clock) : undefined
    return new LoadBalance(context.sinks, await selector.create(context), backOff)
  },
})

class LoadBalance implements SinkProcessor {
  readonly #sinks: readonly string[]
  readonly #selector: SinkSelector
  readonly #backOff: BackOff | undefined
  /** The order of a batch stays the same through its round. */
  readonly #orders = new WeakMap<EventBatch, readonly string[]>()

  constructor(sinks: readonly string[], selector: SinkSelector, backOff: BackOff | undefined) {
    this.#sinks = sinks
    this.#selector = selector
    this.#backOff = backOff
  }

  pick(batch: EventBatch, tried: ReadonlySet<string>): string | { readonly waitMs: number } {
    const usable = this.#usable()
    const order = this.#order(batch, tried, usable)
    const next = order.find((sink) => !tried.has(sink) && usable.includes(sink))
    return next ?? { waitMs: usable.length > 0 ? 0 : (this.#backOff?.untilOneIsOver() ?? 0) }
  }

  failed(sink: string, error: FlumenErrorShape): void {
    if (verdictOf(error) === 'reject') return
    this.#backOff?.failed(sink, retryAfterOf(error) ?? 0)
    this.#selector.failed?.(sink)
  }

  succeeded(sink: string): void {
    this.#backOff?.succeeded(sink)
    this.#selector.succeeded?.(sink)
  }

  #usable(): readonly string[] {
    const backOff = this.#backOff
    return backOff ? this.#sinks.filter((sink) => !backOff.holds(sink)) : this.#sinks
  }

  #order(batch: EventBatch, tried: ReadonlySet<string>, usable: readonly string[]): readonly string[] {
    const known = tried.size > 0 ? this.#orders.get(batch) : undefined
    if (known) return known
    const order = usable.length === 0 ? [] : this.#selector.order(batch, usable)
    this.#orders.set(batch, order)
    return order
  }
}
