import { defineChannel, field } from '../../component/kit.ts'
import { QueueChannel } from '../../core/index.ts'

export default defineChannel({
  className: 'org.apache.flume.channel.PseudoTxnMemoryChannel',
  summary: 'A small memory channel for tests; Flume has it without transactions, here it has them.',
  fields: {
    capacity: field.int({
      default: 50,
      min: 1,
      onInvalid: 'default',
      doc: 'Most events in the channel, and in one put or take.',
    }),
    'keep-alive': field.duration({
      default: 3,
      unit: 's',
      min: 0,
      onInvalid: 'default',
      doc: 'How long a put waits for room. Flume waits for ever there and uses this for takes.',
    }),
  },
  examples: ['a1.channels.c1.type = org.apache.flume.channel.PseudoTxnMemoryChannel'],
  mayLose: () => 'what the channel holds is lost when the process dies; a clean stop delivers it first',
  sharesMemory: () => true,
  transactionCapacity: ({ capacity }) => ({ key: 'capacity', events: capacity }),
  create: ({ capacity, 'keep-alive': keepAliveMs }, { clock, memoryShare }) =>
    new QueueChannel({ events: capacity, transactionEvents: capacity, bytes: memoryShare, keepAliveMs }, clock),
})
