import { defineSinkSelector } from '../../component/kit.ts'

export default defineSinkSelector({
  type: 'round_robin',
  summary: 'The sinks take turns.',
  fields: {},
  examples: [
    'a1.sinkgroups.g1.sinks = k1 k2\na1.sinkgroups.g1.processor.type = load_balance\na1.sinkgroups.g1.processor.selector = round_robin',
  ],
  create() {
    let next = 0
    return {
      order(_batch, usable) {
        const head = next < usable.length ? next : 0
        next = head + 1 === usable.length ? 0 : head + 1
        return [...usable.slice(head), ...usable.slice(0, head)]
      },
    }
  },
})
