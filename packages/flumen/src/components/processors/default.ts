import { defineSinkProcessor } from '../../component/kit.ts'
import { ConfigurationError } from '../../core/index.ts'

export default defineSinkProcessor({
  type: 'default',
  className: 'org.apache.flume.sink.DefaultSinkProcessor',
  summary: 'Gives every batch to the one sink of the group.',
  fields: {},
  examples: ['a1.sinkgroups.g1.sinks = k1\na1.sinkgroups.g1.processor.type = default'],
  groupSize: { min: 1, max: 1 },
  create(_options, { sinks }) {
    const [only, ...others] = sinks
    if (only === undefined || others.length > 0) {
      throw new ConfigurationError(`the default sink processor is for one sink, and the group has ${sinks.length}`)
    }
    return {
      pick: (_batch, tried) => (tried.has(only) ? { waitMs: 0 } : only),
      failed: () => undefined,
      succeeded: () => undefined,
    }
  },
})
