import { defineChannel, field } from '../../component/kit.ts'
import { logFields, spillableMetrics } from './log-channel-fields.ts'
import { checkLogOptions } from './log-channel-options.ts'

export default defineChannel({
  type: 'spillablememory',
  className: 'org.apache.flume.channel.SpillableMemoryChannel',
  summary: 'Keeps events in memory and, when they do not fit there, on the disk; in order all the same.',
  description:
    'What is in memory when the process dies is lost; what is on the disk survives. The directories are taken even while nothing is on the disk.',
  holdsEvents: true,
  fields: {
    ...logFields,
    memoryCapacity: field.int({
      default: 10_000,
      min: 0,
      onInvalid: 'default',
      doc: 'Most events in memory; 0: all go to the disk.',
    }),
    overflowCapacity: field.int({
      default: 100_000_000,
      min: 0,
      onInvalid: 'default',
      doc: 'Most events on the disk; 0: none go there.',
    }),
    overflowTimeout: field.duration({
      default: 3,
      unit: 's',
      min: 0,
      onInvalid: 'default',
      doc: 'How long a put waits for room in memory before it goes to the disk.',
    }),
    overflowDeactivationThreshold: field.int({
      default: 5,
      min: 0,
      max: 100,
      onInvalid: 'default',
      ignored: 'puts go to memory again as soon as nothing is left to read from the disk, which keeps the order',
      doc: 'How much of the memory has to be free in Flume before puts go there again, percent.',
    }),
    byteCapacity: field.size({
      min: 0,
      defaultText: 'a quarter of the memory that the process may have, shared among the memory channels',
      doc: 'Most bytes in memory. 0 is the default.',
    }),
    byteCapacityBufferPercentage: field.int({
      default: 20,
      min: 0,
      max: 99,
      onInvalid: 'default',
      doc: 'Percent of a byteCapacity that is set which stay free.',
    }),
    avgEventSize: field.size({
      default: 500,
      min: 1,
      onInvalid: 'default',
      ignored: 'the memory that events hold is counted, not estimated',
      doc: 'What Flume takes an event for.',
    }),
    transactionCapacity: field.int({
      min: 1,
      onInvalid: 'default',
      defaultText: '10000, or what memory and disk hold where that is less',
      doc: 'Most events of one put or take; a larger put of a source is split.',
    }),
    'keep-alive': field.duration({
      default: 0,
      unit: 's',
      min: 0,
      onInvalid: 'default',
      doc: 'How long a put waits where memory and disk are full. Flume always takes 0 here.',
    }),
    capacity: field.int({ ignored: 'overflowCapacity takes its place, as in Flume', doc: 'That of the file channel.' }),
  },
  metrics: spillableMetrics,
  examples: [
    'a1.channels.c1.type = spillablememory\na1.channels.c1.memoryCapacity = 10000\na1.channels.c1.overflowCapacity = 1000000\na1.channels.c1.checkpointDir = /var/lib/flumen/c1/checkpoint\na1.channels.c1.dataDirs = /var/lib/flumen/c1/data',
  ],
  mayLose: () => 'what is in memory is lost when the process dies; only what was spilt to the disk survives',
  sharesMemory: ({ byteCapacity }) => !byteCapacity,
  transactionCapacity: (options) => ({ key: 'transactionCapacity', events: transactionCapacityOf(options) }),
  check(options, section) {
    checkLogOptions(options, section)
  },
  async create(options, context) {
    const { makeLogChannel } = await import('./make-log-channel.ts')
    const { memoryEvents, diskEvents } = capacitiesOf(options)
    const { byteCapacity, byteCapacityBufferPercentage } = options
    const memoryBytes = byteCapacity
      ? Math.max(1, Math.floor(byteCapacity * (1 - byteCapacityBufferPercentage / 100)))
      : context.memoryShare
    return makeLogChannel(options, context, {
      limits: {
        events: memoryEvents + diskEvents,
        transactionEvents: transactionCapacityOf(options),
        bytes: diskEvents === 0 ? memoryBytes : Number.MAX_SAFE_INTEGER,
        keepAliveMs: options['keep-alive'],
      },
      whenFull: 'block',
      retentionMs: Number.POSITIVE_INFINITY,
      memory: { events: memoryEvents, bytes: memoryBytes, timeoutMs: diskEvents === 0 ? 0 : options.overflowTimeout },
    })
  },
})

interface Capacities {
  readonly memoryCapacity: number
  readonly overflowCapacity: number
}

/** Both 0 is Flume's default for the memory, and no disk. */
function capacitiesOf({ memoryCapacity, overflowCapacity }: Capacities): { memoryEvents: number; diskEvents: number } {
  const isNothing = memoryCapacity === 0 && overflowCapacity === 0
  return { memoryEvents: isNothing ? 10_000 : memoryCapacity, diskEvents: overflowCapacity }
}

function transactionCapacityOf(options: Capacities & { readonly transactionCapacity: number | undefined }): number {
  const { memoryEvents, diskEvents } = capacitiesOf(options)
  return options.transactionCapacity ?? Math.min(10_000, memoryEvents + diskEvents)
}
