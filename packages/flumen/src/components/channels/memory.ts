import { defineChannel, field } from '../../component/kit.ts'
import { QueueChannel } from '../../core/index.ts'

export default defineChannel({
  type: 'memory',
  className: 'org.apache.flume.channel.MemoryChannel',
  summary: 'Keeps events in memory: the fastest channel; what is in it when the process dies is lost.',
  fields: {
    capacity: field.int({ default: 100, min: 1, onInvalid: 'default', doc: 'Most events in the channel.' }),
    transactionCapacity: field.int({
      min: 1,
      onInvalid: 'default',
      defaultText: '100, or the capacity where that is less',
      doc: 'Most events of one put or take; a larger put of a source is split.',
    }),
    byteCapacity: field.size({
      min: 0,
      defaultText:
        'a quarter of the memory that the process may have, shared among the memory channels, at least 64 MiB each',
      doc: 'Most bytes in the channel: the memory that bodies hold, and the text of headers. 0 is the default.',
    }),
    byteCapacityBufferPercentage: field.int({
      default: 20,
      min: 0,
      max: 99,
      onInvalid: 'default',
      doc: 'Percent of a byteCapacity that is set which stay free. Flume keeps them for headers, which count here.',
    }),
    'keep-alive': field.duration({
      default: 3,
      unit: 's',
      min: 0,
      onInvalid: 'default',
      doc: 'How long a put waits for room before its source is told that the channel is full.',
    }),
  },
  examples: [
    'a1.channels.c1.type = memory\na1.channels.c1.capacity = 10000\na1.channels.c1.transactionCapacity = 1000',
  ],
  mayLose: () => 'what the memory channel holds is lost when the process dies; a clean stop delivers it first',
  sharesMemory: ({ byteCapacity }) => !byteCapacity,
  transactionCapacity: (options) => ({ key: 'transactionCapacity', events: transactionCapacityOf(options) }),
  check({ capacity, transactionCapacity, byteCapacity }, section) {
    if (transactionCapacity !== undefined && transactionCapacity > capacity) {
      section.error(
        'transactionCapacity',
        `transactionCapacity ${transactionCapacity} is larger than capacity ${capacity}`,
        `set capacity to at least ${transactionCapacity}`,
      )
    }
    if (byteCapacity === 0) {
      section.warning(
        'byteCapacity',
        'byteCapacity 0 means no limit in Flume; here it means the default',
        'remove it, or say how much',
      )
    }
  },
  create: (options, { clock, memoryShare }) =>
    new QueueChannel(
      {
        events: options.capacity,
        transactionEvents: transactionCapacityOf(options),
        bytes: bytesOf(options) ?? memoryShare,
        keepAliveMs: options['keep-alive'],
      },
      clock,
    ),
})

function transactionCapacityOf({
  capacity,
  transactionCapacity,
}: {
  capacity: number
  transactionCapacity: number | undefined
}): number {
  return transactionCapacity ?? Math.min(100, capacity)
}

function bytesOf({
  byteCapacity,
  byteCapacityBufferPercentage,
}: {
  byteCapacity: number | undefined
  byteCapacityBufferPercentage: number
}): number | undefined {
  if (!byteCapacity) return undefined
  return Math.max(1, Math.floor(byteCapacity * (1 - byteCapacityBufferPercentage / 100)))
}
