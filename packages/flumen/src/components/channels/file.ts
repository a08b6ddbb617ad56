import { defineChannel, field } from '../../component/kit.ts'
import { fileMetrics, logFields } from './log-channel-fields.ts'
import { checkLogOptions } from './log-channel-options.ts'

const defaultCapacity = 1_000_000

export default defineChannel({
  type: 'file',
  className: 'org.apache.flume.channel.file.FileChannel',
  summary: 'Keeps events on the disk: a put that is acknowledged survives a crash and a power cut.',
  holdsEvents: true,
  fields: {
    ...logFields,
    capacity: field.int({ default: defaultCapacity, doc: 'Most events in the channel; 0 or less is the default.' }),
    transactionCapacity: field.int({
      defaultText: '10000, or the capacity where that is less',
      doc: 'Most events of one put or take; a larger put of a source is split.',
    }),
    byteCapacity: field.size({
      min: 1,
      defaultText: 'what the disk has room for, but for minimumRequiredSpace',
      doc: 'Most bytes of events in the channel, as they are before they are packed.',
    }),
    'keep-alive': field.duration({
      default: 3,
      unit: 's',
      min: 0,
      doc: 'How long a put waits for room before its source is told that the channel is full.',
    }),
    whenFull: field.enum({
      values: ['block', 'reject', 'drop_oldest'],
      default: 'block',
      doc: 'What a put does when the channel is full: wait for `keep-alive`, fail at once, or give up the events that have waited longest, which counts as a loss.',
    }),
    retention: field.duration({
      unit: 's',
      min: 1,
      defaultText: 'for ever',
      doc: 'How long an event may wait for its sink; after that it is given up, which counts as a loss.',
    }),
  },
  metrics: fileMetrics,
  examples: [
    'a1.channels.c1.type = file\na1.channels.c1.checkpointDir = /var/lib/flumen/c1/checkpoint\na1.channels.c1.dataDirs = /var/lib/flumen/c1/data',
  ],
  mayLose: ({ fsyncPerTransaction, whenFull, retention }) => {
    if (!fsyncPerTransaction) return 'with fsyncPerTransaction = false a power cut takes the last half second'
    if (whenFull === 'drop_oldest') return 'with whenFull = drop_oldest a full channel gives up its oldest events'
    return retention === undefined ? undefined : 'events that wait longer than retention are given up'
  },
  transactionCapacity: (options) => ({ key: 'transactionCapacity', events: transactionCapacityOf(options) }),
  check(options, section) {
    const { transactionCapacity } = options
    const capacity = capacityOf(options)
    if (transactionCapacity !== undefined && transactionCapacity > capacity) {
      section.error(
        'transactionCapacity',
        `transactionCapacity ${transactionCapacity} is larger than capacity ${capacity}`,
        `set capacity to at least ${transactionCapacity}`,
      )
    }
    checkLogOptions(options, section)
  },
  async create(options, context) {
    const { makeLogChannel } = await import('./make-log-channel.ts')
    return makeLogChannel(options, context, {
      limits: {
        events: capacityOf(options),
        transactionEvents: transactionCapacityOf(options),
        bytes: options.byteCapacity ?? Number.MAX_SAFE_INTEGER,
        keepAliveMs: options['keep-alive'],
      },
      whenFull: options.whenFull,
      retentionMs: options.retention ?? Number.POSITIVE_INFINITY,
    })
  },
})

interface Capacities {
  readonly capacity: number
  readonly transactionCapacity: number | undefined
}

function capacityOf({ capacity }: Capacities): number {
  return capacity > 0 ? capacity : defaultCapacity
}

function transactionCapacityOf(options: Capacities): number {
  const { transactionCapacity = 0 } = options
  return transactionCapacity > 0 ? transactionCapacity : Math.min(10_000, capacityOf(options))
}
