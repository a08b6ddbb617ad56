import type { AgentReading, ChannelReading, ComponentReading, SinkReading, SourceReading } from '../core/index.ts'

/** Members of one component in Flume's JSON, in JMX and in Ganglia: every value is text. */
export type FlumeAttributes = Readonly<Record<string, string>>

type Rows<R> = Readonly<Record<string, (reading: R) => number | string>>

const nothing = (): number => 0

/** Flume's counter groups. An attribute that a declaration's metric names in `flume` comes from that metric instead. */
const sourceRows: Rows<SourceReading> = {
  AppendAcceptedCount: nothing,
  AppendBatchAcceptedCount: nothing,
  AppendBatchReceivedCount: nothing,
  AppendReceivedCount: nothing,
  ChannelWriteFail: ({ channelFull, putFailures }) => channelFull + putFailures,
  // What interceptors leave out counts as accepted, and what the selector sends nowhere.
  EventAcceptedCount: ({ account }) => account.received - account.refused - account.rejected,
  EventReadFail: nothing,
  EventReceivedCount: ({ account }) => account.received,
  GenericProcessingFail: nothing,
  OpenConnectionCount: nothing,
  StartTime: startTime,
  StopTime: stopTime,
  Type: () => 'SOURCE',
}

const channelRows: Rows<ChannelReading> = {
  ChannelCapacity: ({ capacity }) => capacity,
  ChannelFillPercentage: ({ size, capacity }) =>
    javaDouble(capacity === 0 ? Number.MAX_VALUE : (size / capacity) * 100),
  ChannelSize: ({ size }) => size,
  EventPutAttemptCount: ({ putAttempts }) => putAttempts,
  EventPutSuccessCount: ({ account }) => account.put,
  EventTakeAttemptCount: ({ takeAttempts }) => takeAttempts,
  EventTakeSuccessCount: ({ account }) => account.acknowledged,
  StartTime: startTime,
  StopTime: stopTime,
  Type: () => 'CHANNEL',
}

const sinkRows: Rows<SinkReading> = {
  BatchCompleteCount: ({ batchComplete }) => batchComplete,
  BatchEmptyCount: ({ batchEmpty }) => batchEmpty,
  BatchUnderflowCount: ({ batchUnderflow }) => batchUnderflow,
  ChannelReadFail: nothing,
  ConnectionClosedCount: nothing,
  ConnectionCreatedCount: nothing,
  ConnectionFailedCount: nothing,
  EventDrainAttemptCount: ({ account }) => account.taken,
  EventDrainSuccessCount: ({ account }) => account.delivered,
  EventWriteFail: ({ failures }) => failures,
  StartTime: startTime,
  StopTime: stopTime,
  Type: () => 'SINK',
}

/** What some of Flume's sources count in a way of their own, by type. */
const sourceExceptions: ReadonlyMap<string, Rows<SourceReading>> = new Map([
  [
    'seq',
    {
      // It makes its events, so it receives none; a put is a batch unless each has one event.
      AppendBatchAcceptedCount: ({ account, puts }: SourceReading) => (account.received > puts ? puts : 0),
      EventReceivedCount: nothing,
    },
  ],
])

/** Attributes that are a boolean's text. */
const booleans = new Set(['Open'])

/** All components of a reading as Flume shows them, by `TYPE.name`. */
export function flumeAttributes({ sources, channels, sinks }: AgentReading): ReadonlyMap<string, FlumeAttributes> {
  return new Map([
    ...sources.map(
      (each) =>
        [`SOURCE.${each.name}`, attributesOf({ ...sourceRows, ...sourceExceptions.get(each.type) }, each)] as const,
    ),
    ...channels.map((each) => [`CHANNEL.${each.name}`, attributesOf(channelRows, each)] as const),
    ...sinks.map((each) => [`SINK.${each.name}`, attributesOf(sinkRows, each)] as const),
  ])
}

/** The attributes that every component of a kind has; the reference lists them. */
export const flumeAttributeNames: Readonly<Record<'source' | 'channel' | 'sink', readonly string[]>> = {
  source: Object.keys(sourceRows),
  channel: Object.keys(channelRows),
  sink: Object.keys(sinkRows),
}

function attributesOf<R extends ComponentReading>(rows: Rows<R>, reading: R): FlumeAttributes {
  const values = Object.entries(rows).map(([name, value]) => [name, String(value(reading))] as const)
  const attributes: Record<string, string> = Object.fromEntries(values)
  for (const { metric, value } of reading.metrics) {
    if (metric.flume === undefined || typeof value !== 'number') continue
    const whole = Math.trunc(value)
    attributes[metric.flume] = booleans.has(metric.flume) ? String(whole !== 0) : String(whole)
  }
  return attributes
}

function startTime({ startedAt }: ComponentReading): number {
  return startedAt
}

function stopTime({ state, since }: ComponentReading): number {
  return state === 'stopped' ? since : 0
}

/** As Java's Double.toString writes a number that is not negative: `0.0`, `12.5`, `1.0E-4`, `1.7976931348623157E308`. */
function javaDouble(value: number): string {
  if (value === 0) return '0.0'
  if (value >= 1e-3 && value < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value)
  const [digits = '', exponent = ''] = value.toExponential().split('e')
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`
}
