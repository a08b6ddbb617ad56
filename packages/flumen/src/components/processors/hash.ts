import { defineSinkProcessor, field, type Section } from '../../component/kit.ts'
import {
  type EventBatch,
  type FlumenErrorShape,
  type Headers,
  retryAfterOf,
  type SinkProcessor,
  type SinkShare,
  verdictOf,
} from '../../core/index.ts'
import { BackOff } from './back-off.ts'
import { Rendezvous } from './rendezvous.ts'

export default defineSinkProcessor({
  type: 'hash',
  summary: 'Gives events with the same value of a header to the same sink.',
  description:
    'Each value has an order of the sinks of its own and goes to the first of them that works. So when a sink fails, ' +
    'only its values move, spread over the others, and they come back with it. The order depends on the value, the ' +
    "names of the sinks and their weights alone: it is the same after a restart, and in other agents whose group's " +
    'sinks have the same names. A batch is divided among the sinks, one after the other; events without the header ' +
    'stay together and go to the sinks in turn, a batch each.\n\n' +
    'While a sink is away, and when it comes back, two events of one value may be at two sinks; nothing else parts them.',
  fields: {
    header: field.string({ required: true, doc: 'The header whose value chooses the sink.' }),
    weight: field.prefix({
      placeholder: 'sink',
      doc: 'Weight of a sink, above 0: one of weight 2 gets twice the values of one of weight 1. Without: 1.',
    }),
    backoff: field.boolean({
      default: true,
      doc: 'Whether a sink that failed is left alone for a while: 2 s, then 4, 8, 16 s and so on up to maxTimeOut. Otherwise each batch is tried on it first.',
    }),
    maxTimeOut: field.duration({
      default: 30000,
      unit: 'ms',
      min: 1,
      doc: 'The longest time that a failed sink is left alone.',
    }),
  },
  examples: [
    'a1.sinkgroups.g1.sinks = k1 k2\na1.sinkgroups.g1.processor.type = hash\n' +
      'a1.sinkgroups.g1.processor.header = customer',
    'a1.sinkgroups.g1.sinks = k1 k2\na1.sinkgroups.g1.processor.type = hash\n' +
      'a1.sinkgroups.g1.processor.header = host\na1.sinkgroups.g1.processor.weight.k2 = 3\n' +
      'a1.sinkgroups.g1.processor.maxTimeOut = 10s',
  ],
  namesSinks: ({ weight }) => [...weight.keys()].map((sink) => ({ key: `weight.${sink}`, sink })),
  check: ({ weight }, section) => checkWeights(weight, section),
  create: ({ header, weight, backoff, maxTimeOut }, { sinks, clock }) => {
    const candidates = sinks.map((name) => ({ name, weight: parseWeight(weight.get(name) ?? '1') ?? 1 }))
    const backOff = backoff ? new BackOff(maxTimeOut, clock) : undefined
    return new Hash(header, sinks, new Rendezvous(candidates), backOff)
  },
})

class Hash implements SinkProcessor {
  readonly #header: string
  readonly #sinks: readonly string[]
  readonly #rendezvous: Rendezvous
  readonly #backOff: BackOff | undefined
  /** Whose turn it is among the sinks for events without the header. */
  #turn = 0

  constructor(header: string, sinks: readonly string[], rendezvous: Rendezvous, backOff: BackOff | undefined) {
    this.#header = header
    this.#sinks = sinks
    this.#rendezvous = rendezvous
    this.#backOff = backOff
  }

  pick(batch: EventBatch, tried: ReadonlySet<string>): string | SinkShare | { readonly waitMs: number } {
    const held = new Set(this.#sinks.filter((sink) => this.#backOff?.holds(sink)))
    const usable = this.#sinks.filter((sink) => !held.has(sink) && !tried.has(sink))
    if (usable.length === 0) {
      const isAnyLive = held.size < this.#sinks.length
      return { waitMs: isAnyLive ? 0 : (this.#backOff?.untilOneIsOver() ?? 0) }
    }
    return usable.length === 1 ? usable[0]! : this.#share(batch, new Set(usable))
  }

  failed(sink: string, error: FlumenErrorShape): void {
    if (verdictOf(error) !== 'reject') this.#backOff?.failed(sink, retryAfterOf(error) ?? 0)
  }

  succeeded(sink: string): void {
    this.#backOff?.succeeded(sink)
  }

  /** The sink of the first row, and all rows that belong there. */
  #share(batch: EventBatch, usable: ReadonlySet<string>): string | SinkShare {
    const chosen = new Map<string | undefined, string>()
    const sinkOf = (key: string | undefined): string => {
      const known = chosen.get(key)
      if (known !== undefined) return known
      const sink = key === undefined ? this.#inTurn(usable) : this.#rendezvous.first(key, (name) => usable.has(name))!
      chosen.set(key, sink)
      return sink
    }
    const rows: number[] = []
    let first: string | undefined
    let row = 0
    for (const part of batch.parts) {
      for (let own = 0; own < part.length; own++, row++) {
        const sink = sinkOf(part.header(own, this.#header))
        first ??= sink
        if (sink === first) rows.push(row)
      }
    }
    first ??= this.#inTurn(usable)
    if (chosen.get(undefined) === first) this.#turn = this.#sinks.indexOf(first) + 1
    return rows.length === row ? first : { sink: first, rows: Uint32Array.from(rows) }
  }

  #inTurn(usable: ReadonlySet<string>): string {
    const { length } = this.#sinks
    const order = Array.from({ length }, (_, step) => this.#sinks[(this.#turn + step) % length]!)
    return order.find((sink) => usable.has(sink))!
  }
}

function checkWeights(weights: Headers, section: Section): void {
  for (const [sink, text] of weights) {
    if (parseWeight(text) !== undefined) continue
    const fix = `write a number such as 2 or 0.5; to give ${sink} nothing, take it out of the group`
    section.error(`weight.${sink}`, `"${text.slice(0, 40)}" is not a number between 0.001 and 1000000`, fix)
  }
}

function parseWeight(text: string): number | undefined {
  if (!/^\d+(\.\d+)?$/.test(text)) return undefined
  const weight = Number(text)
  return weight >= 0.001 && weight <= 1_000_000 ? weight : undefined
}
