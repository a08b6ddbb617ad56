import type {
  AgentReading,
  ChannelReading,
  ComponentReading,
  HealthProblem,
  HistogramReading,
  SinkReading,
  SourceReading,
} from '../core/index.ts'

/** One metric of the vocabulary. Its samples have the labels `agent` and, of a component, `component` besides their own. */
export interface MetricRow<R> {
  /** After Prometheus' conventions: base units, `_total` on counters. */
  readonly name: string
  readonly kind: MetricKind
  /** As the name has it: `seconds`, `bytes`, `events`, …; empty: none. */
  readonly unit: string
  readonly doc: string
  /** `null`: unknown, no sample. */
  value(reading: R): MetricValue
}

/** `info` says something in labels; its value is always 1. */
export type MetricKind = 'counter' | 'gauge' | 'histogram' | 'info'
export type MetricValue = number | boolean | null | HistogramReading | readonly LabelledValue[]
export type Labels = Readonly<Record<string, string>>

export interface LabelledValue {
  readonly labels: Labels
  readonly value: number
}

/** What every source, channel and sink has. */
export interface ComponentOfKind {
  readonly kind: 'source' | 'channel' | 'sink'
  readonly reading: ComponentReading
}

const ofAgent = rowsOf<AgentReading>('agent')
const ofComponent = rowsOf<ComponentOfKind>('component')
const ofSource = rowsOf<SourceReading>('source')
const ofChannel = rowsOf<ChannelReading>('channel')
const ofSink = rowsOf<SinkReading>('sink')
const ofProcess = rowsOf<AgentReading>('process')

/** Every number of a reading, declared once: the metrics of Prometheus, the page of the reference, what shows them. */
export const vocabulary = {
  agent: [
    row<AgentReading>('flumen_build_info', 'info', '', 'Which Flumen it is.', (r) => one({ version: r.version })),
    ofAgent.gauge('live', '', '1 while the process works: what /live answers.', (r) => r.health.live),
    ofAgent.gauge('ready', '', '1 while data can move: what /ready answers.', (r) => r.health.ready),
    ofAgent.gauge(
      'running',
      '',
      '1 between the end of the start and the begin of the stop.',
      (r) => r.state === 'running',
    ),
    ofAgent.gauge('problems', '', 'Reasons why it is not ready.', (r) => r.health.problems.length),
    ofAgent.gauge('warnings', '', 'What is worth a look and leaves it ready.', (r) => r.health.warnings.length),
    ofAgent.gauge(
      'problem_since_timestamp_seconds',
      'seconds',
      'Since when each problem and each warning is there; none: no sample.',
      ({ health }) => [...health.problems.map(since('problem')), ...health.warnings.map(since('warning'))],
    ),
    ofAgent.gauge('start_timestamp_seconds', 'seconds', 'When it was started.', (r) => r.startedAt / 1000),
    ofAgent.gauge('time_seconds', 'seconds', 'Its clock when this was read.', (r) => r.at / 1000),
  ],
  component: [
    ofComponent.info('info', 'Which type it is of.', ({ kind, reading }) => one({ kind, type: reading.type })),
    ofComponent.gauge('up', '', '1 while it runs.', (c) => ofKind(c, c.reading.state === 'running' ? 1 : 0)),
    ofComponent.gauge('state_since_timestamp_seconds', 'seconds', 'When its state changed last.', (c) =>
      ofKind(c, c.reading.since / 1000),
    ),
    ofComponent.gauge('start_timestamp_seconds', 'seconds', 'When it was started first.', (c) =>
      ofKind(c, c.reading.startedAt / 1000),
    ),
    ofComponent.counter('restarts', '', 'How often it was started again after a failure.', (c) =>
      ofKind(c, c.reading.restarts),
    ),
    ofComponent.gauge(
      'last_error_timestamp_seconds',
      'seconds',
      'When it failed last; never: no sample.',
      (c) => c.reading.lastError && ofKind(c, c.reading.lastError.at / 1000),
    ),
  ],
  source: [
    ofSource.counter('received_events', 'events', 'Events that came in.', (r) => r.account.received),
    ofSource.counter('stored_events', 'events', 'Events that are in a channel.', (r) => r.account.stored),
    ofSource.counter('filtered_events', 'events', 'Events that interceptors left out.', (r) => r.account.filtered),
    ofSource.counter('rejected_events', 'events', 'Events that will never fit or work.', (r) => r.account.rejected),
    ofSource.counter(
      'unrouted_events',
      'events',
      'Events that the selector sent to no channel.',
      (r) => r.account.unrouted,
    ),
    ofSource.counter(
      'refused_events',
      'events',
      'Events that were not stored; the sender knows.',
      (r) => r.account.refused,
    ),
    ofSource.counter('repeated_events', 'events', 'Events that were stored before.', (r) => r.account.repeated),
    ofSource.counter(
      'copied_events',
      'events',
      'Events put into channels, once for each channel.',
      (r) => r.account.copies,
    ),
    ofSource.counter('dropped_events', 'events', 'Events that are gone for good.', (r) => byReason(r.dropped)),
    ofSource.counter('dead_lettered_events', 'events', 'Rejected events in the dead letters.', (r) => r.deadLettered),
    ofSource.counter(
      'optional_missed_events',
      'events',
      'Copies that optional channels did not take.',
      (r) => r.optionalMissed,
    ),
    ofSource.counter('puts', '', 'Puts that were stored.', (r) => r.puts),
    ofSource.counter(
      'channel_full_puts',
      '',
      'Puts that a full channel refused after its keep-alive.',
      (r) => r.channelFull,
    ),
    ofSource.counter('failed_puts', '', 'Other puts that failed.', (r) => r.putFailures),
    ofSource.gauge('received_events_per_second', '', 'Events that come in, lately.', (r) => r.inPerSecond),
    ofSource.counter('blocked_seconds', 'seconds', 'Time in which a put waited for room.', (r) => r.blockedSeconds),
    ofSource.gauge('blocked', '', '1 while a put waits for room.', (r) => r.isBlocked),
    ofSource.histogram(
      'put_duration_seconds',
      'seconds',
      'From the arrival of a batch to its commit.',
      (r) => r.putSeconds,
    ),
  ],
  channel: [
    ofChannel.gauge('events', 'events', 'Events in it, those of open takes too.', (r) => r.size),
    ofChannel.gauge('capacity_events', 'events', 'Events that fit.', (r) => r.capacity),
    ofChannel.gauge('bytes', 'bytes', 'Bytes in it, as counted against its byte capacity.', (r) => r.bytes),
    ofChannel.gauge('capacity_bytes', 'bytes', 'Bytes that fit.', (r) => r.byteCapacity),
    ofChannel.gauge('fill_ratio', 'ratio', 'The fuller of events and bytes, 0 to 1.', (r) => r.fill),
    ofChannel.gauge('durable', '', '1 where its events outlive the process.', (r) => r.isDurable),
    ofChannel.counter('put_events', 'events', 'Events that were put.', (r) => r.account.put),
    ofChannel.counter('recovered_events', 'events', 'Events from before the start.', (r) => r.account.recovered),
    ofChannel.counter(
      'acknowledged_events',
      'events',
      'Events that were taken for good.',
      (r) => r.account.acknowledged,
    ),
    ofChannel.counter('discarded_events', 'events', 'Events that it gave up.', (r) => r.account.discarded),
    ofChannel.counter('put_attempt_events', 'events', 'Events that puts offered.', (r) => r.putAttempts),
    ofChannel.counter('take_attempts', '', 'Takes, those that got nothing too.', (r) => r.takeAttempts),
    ofChannel.gauge('put_events_per_second', '', 'Events that are put, lately.', (r) => r.inPerSecond),
    ofChannel.gauge('acknowledged_events_per_second', '', 'Events that leave it, lately.', (r) => r.outPerSecond),
    ofChannel.gauge(
      'growth_events_per_second',
      '',
      'How fast it fills up; below 0: empties.',
      (r) => r.growthPerSecond,
    ),
    ofChannel.gauge('seconds_until_full', '', 'At this growth; else no sample.', (r) => r.secondsUntilFull),
    ofChannel.gauge('seconds_until_empty', '', 'At this growth; else no sample.', (r) => r.secondsUntilEmpty),
    ofChannel.gauge(
      'seconds_since_progress',
      '',
      'Since an event left it; never: no sample.',
      (r) => r.secondsSinceProgress,
    ),
  ],
  sink: [
    ofSink.info('info', 'Where its events come from, and the group it stands in.', (r) =>
      one({ channel: r.channel, ...(r.group !== null && { group: r.group }) }),
    ),
    ofSink.counter('taken_events', 'events', 'Events taken out of the channel.', (r) => r.account.taken),
    ofSink.counter('delivered_events', 'events', 'Events that the destination has.', (r) => r.account.delivered),
    ofSink.counter('dead_events', 'events', 'Events that the destination will never take.', (r) => r.account.dead),
    ofSink.counter('returned_events', 'events', 'Events that went back into the channel.', (r) => r.account.returned),
    ofSink.counter('dropped_events', 'events', 'Events that are gone for good.', (r) => byReason(r.dropped)),
    ofSink.counter('dead_lettered_events', 'events', 'Rejected events in the dead letters.', (r) => r.deadLettered),
    ofSink.counter('complete_batches', '', 'Takes as large as they may be.', (r) => r.batchComplete),
    ofSink.counter('underflow_batches', '', 'Takes smaller than that.', (r) => r.batchUnderflow),
    ofSink.counter('empty_batches', '', 'Takes that got nothing.', (r) => r.batchEmpty),
    ofSink.counter('delivery_attempts', '', 'Batches handed to the sink.', (r) => r.attempts),
    ofSink.counter('delivery_retries', '', 'Those that had failed before.', (r) => r.retries),
    ofSink.counter('delivery_failures', '', 'Those that failed.', (r) => r.failures),
    ofSink.gauge('failures_in_a_row', '', 'Failures since the last delivery.', (r) => r.failuresInRow),
    ofSink.gauge('batches_in_flight', '', 'Batches that the sink has now.', (r) => r.batchesInFlight),
    ofSink.gauge('in_flight_events', 'events', 'Events in them.', (r) => r.eventsInFlight),
    ofSink.gauge('delivered_events_per_second', '', 'Events that are delivered, lately.', (r) => r.outPerSecond),
    ofSink.gauge('seconds_since_success', '', 'Since a delivery; never: no sample.', (r) => r.secondsSinceSuccess),
    ofSink.gauge(
      'last_failure_timestamp_seconds',
      'seconds',
      'When a delivery failed last; never: no sample.',
      (r) => r.lastFailure && r.lastFailure.at / 1000,
    ),
    ofSink.histogram(
      'event_age_seconds',
      'seconds',
      'From the arrival of an event to its delivery.',
      (r) => r.eventAgeSeconds,
    ),
    ofSink.histogram(
      'delivery_duration_seconds',
      'seconds',
      'From a take to its acknowledgement.',
      (r) => r.deliverySeconds,
    ),
  ],
  process: [
    ofProcess.gauge('pid', '', 'Its number.', (r) => r.process.pid),
    ofProcess.gauge('uptime_seconds', 'seconds', 'How long it runs.', (r) => r.process.uptimeSeconds),
    ofProcess.counter(
      'cpu_seconds',
      'seconds',
      'CPU time, of the user and of the system.',
      (r) => r.process.cpuSeconds,
    ),
    ofProcess.gauge('resident_memory_bytes', 'bytes', 'Memory that it holds.', (r) => r.process.residentBytes),
    ofProcess.gauge('heap_bytes', 'bytes', "Objects of JavaScript's heap.", (r) => r.process.heapBytes),
    ofProcess.gauge(
      'external_memory_bytes',
      'bytes',
      'Buffers outside the heap, where bodies lie.',
      (r) => r.process.externalBytes,
    ),
    ofProcess.gauge('open_descriptors', '', 'Open files and sockets.', (r) => r.process.openDescriptors),
    ofProcess.gauge('max_descriptors', '', 'As many may be open.', (r) => r.process.maxDescriptors),
    ofProcess.gauge(
      'event_loop_lag_median_seconds',
      'seconds',
      'How late timers were in the last second, the median.',
      (r) => r.process.eventLoopLagSeconds.median,
    ),
    ofProcess.gauge(
      'event_loop_lag_max_seconds',
      'seconds',
      'The worst of them.',
      (r) => r.process.eventLoopLagSeconds.max,
    ),
  ],
} as const

function row<R>(
  name: string,
  kind: MetricKind,
  unit: string,
  doc: string,
  value: (reading: R) => MetricValue,
): MetricRow<R> {
  return { name, kind, unit, doc, value }
}

function rowsOf<R>(prefix: string) {
  const maker =
    (kind: MetricKind, suffix = '') =>
    (name: string, unit: string, doc: string, value: (reading: R) => MetricValue): MetricRow<R> =>
      row(`flumen_${prefix}_${name}${suffix}`, kind, unit, doc, value)
  return {
    counter: maker('counter', '_total'),
    gauge: maker('gauge'),
    histogram: maker('histogram'),
    info: (name: string, doc: string, value: (reading: R) => MetricValue) => maker('info')(name, '', doc, value),
  }
}

function one(labels: Labels): readonly LabelledValue[] {
  return [{ labels, value: 1 }]
}

function ofKind({ kind }: ComponentOfKind, value: number): readonly LabelledValue[] {
  return [{ labels: { kind }, value }]
}

function byReason(dropped: Readonly<Record<string, number>>): readonly LabelledValue[] {
  return Object.entries(dropped).map(([reason, value]) => ({ labels: { reason }, value }))
}

function since(severity: 'problem' | 'warning') {
  return ({ component: about, problem, since: at }: HealthProblem): LabelledValue => ({
    labels: { about, problem, severity },
    value: at / 1000,
  })
}
