import { defineChannelSelector, field } from '../../component/kit.ts'
import { channelNumbers } from './channel-numbers.ts'

export default defineChannelSelector({
  type: 'replicating',
  className: 'org.apache.flume.channel.ReplicatingChannelSelector',
  summary: 'Puts each event into every channel of the source.',
  fields: {
    optional: field.list({
      default: [],
      doc: 'Channels that a put does not wait for, and whose failure does not fail it; it is counted.',
    }),
  },
  examples: ['a1.sources.r1.selector.type = replicating\na1.sources.r1.selector.optional = c1'],
  namesChannels: ({ optional }) => optional.map((channel) => ({ key: 'optional', channel, isOptional: true })),
  create({ optional }, { channels }) {
    const optionals = new Set(channelNumbers(optional, channels))
    const routes = channels
      .map((_name, channel) => ({ channel, required: !optionals.has(channel), rows: null }))
      .sort((one, other) => Number(other.required) - Number(one.required))
    return { select: () => routes }
  },
})
