import { defineChannelSelector, field } from '../../component/kit.ts'
import type { ChannelSelector, EventBatch, Route } from '../../core/index.ts'

export default defineChannelSelector({
  type: 'load_balancing',
  className: 'org.apache.flume.channel.LoadBalancingChannelSelector',
  summary: 'Puts each event into one of the channels of the source, so that they share the load.',
  description:
    'The choice is made for each event, so a batch is spread over the channels. There is no failover: when the chosen ' +
    'channel is full, the put fails. A batch from another Flumen agent, which may come again after a lost answer, goes to ' +
    'one channel as a whole: so it is stored once.',
  fields: {
    policy: field.enum({
      values: ['round_robin', 'random'],
      default: 'round_robin',
      doc: 'Whether the channels take turns or are drawn at random.',
    }),
  },
  examples: ['a1.sources.r1.selector.type = load_balancing\na1.sources.r1.selector.policy = round_robin'],
  create({ policy }, { channels }) {
    const count = channels.length
    return new Spread(count, policy === 'random' ? () => Math.floor(Math.random() * count) : turns(count))
  },
})

class Spread implements ChannelSelector {
  readonly isArbitrary = true
  readonly #whole: readonly (readonly Route[])[]
  readonly #next: () => number

  constructor(channels: number, next: () => number) {
    this.#whole = Array.from({ length: channels }, (_, channel) => [{ channel, required: true, rows: null }])
    this.#next = next
  }

  select({ length }: EventBatch): readonly Route[] {
    const channels = this.#whole.length
    if (length === 0 || channels === 0) return []
    if (length === 1 || channels === 1) return this.#whole[this.#next()]!
    const rows = Array.from({ length: channels }, () => new Uint32Array(length))
    const counts = new Uint32Array(channels)
    for (let row = 0; row < length; row++) {
      const channel = this.#next()
      rows[channel]![counts[channel]!++] = row
    }
    return rows.flatMap((each, channel) =>
      counts[channel] === 0 ? [] : [{ channel, required: true, rows: each.subarray(0, counts[channel]) }],
    )
  }
}

/** 0, 1, 2, …, 0, 1, 2, … */
function turns(count: number): () => number {
  let turn = count - 1
  return () => {
    turn = turn + 1 === count ? 0 : turn + 1
    return turn
  }
}
