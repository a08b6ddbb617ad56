import { defineSinkSelector } from '../../component/kit.ts'

export default defineSinkSelector({
  type: 'random',
  summary: 'The sinks are drawn at random.',
  fields: {},
  examples: [
    'a1.sinkgroups.g1.sinks = k1 k2\na1.sinkgroups.g1.processor.type = load_balance\na1.sinkgroups.g1.processor.selector = random',
  ],
  create: () => ({ order: (_batch, usable) => shuffled(usable) }),
})

/** Fisher and Yates: every order is equally likely. */
function shuffled(names: readonly string[]): readonly string[] {
  const order = [...names]
  for (let last = order.length - 1; last > 0; last--) {
    const drawn = Math.floor(Math.random() * (last + 1))
    ;[order[last], order[drawn]] = [order[drawn]!, order[last]!]
  }
  return order
}
