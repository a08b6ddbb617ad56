import type { AgentReading, ChannelReading, ComponentReading, SinkReading, SourceReading } from '../core/index.ts'

const startedAt = 1_700_000_000_000

/** A reading of an agent `a1` that runs: a netcat source, a memory channel, a logger sink; parts of it may be given. */
export function readingForTest(parts: Partial<AgentReading> = {}): AgentReading {
  return {
    agent: 'a1',
    version: '1.2.3',
    at: startedAt + 60_000,
    startedAt,
    state: 'running',
    health: { live: true, ready: true, problems: [], warnings: [] },
    sources: [sourceReading()],
    channels: [channelReading()],
    sinks: [sinkReading()],
    process: {
      pid: 4711,
      uptimeSeconds: 61.5,
      cpuSeconds: 2.25,
      residentBytes: 80_000_000,
      heapBytes: 20_000_000,
      externalBytes: 5_000_000,
      openDescriptors: 24,
      maxDescriptors: 1024,
      eventLoopLagSeconds: { median: 0.001, max: 0.015 },
    },
    ...parts,
  }
}

/** A reading of which nothing is unknown or empty. */
export function fullReading(): AgentReading {
  const lastError = { at: startedAt + 1000, code: 'COMPONENT_FAILED', message: 'it failed' }
  const problem = { component: 'sink k1', problem: 'failing', message: 'it fails.', since: startedAt + 2000 } as const
  const losing = { ...problem, component: 'source r1', problem: 'losing', message: 'it lost events.' } as const
  return readingForTest({
    health: { live: true, ready: false, problems: [problem], warnings: [losing] },
    sources: [sourceReading({ lastError })],
    channels: [channelReading({ lastError, secondsUntilEmpty: 3 })],
    sinks: [sinkReading({ lastError, group: 'g1' })],
  })
}

/** A source that received 12 events and stored 10 of them. */
export function sourceReading(parts: Partial<SourceReading> = {}): SourceReading {
  return {
    ...componentReading('r1', 'netcat'),
    channels: ['c1'],
    account: {
      received: 12,
      stored: 10,
      filtered: 1,
      rejected: 0,
      unrouted: 0,
      refused: 1,
      repeated: 0,
      copies: 10,
    },
    dropped: { rejected: 0, unrouted: 0, filtered: 1 },
    deadLettered: 0,
    puts: 5,
    channelFull: 1,
    putFailures: 0,
    optionalMissed: 0,
    inPerSecond: 1.5,
    blockedSeconds: 0.75,
    isBlocked: false,
    putSeconds: { bounds: [0.001, 0.01, 1], counts: [4, 1, 0, 0], sum: 0.004, count: 5 },
    ...parts,
  }
}

/** A channel with one event in it; nine have left it. */
export function channelReading(parts: Partial<ChannelReading> = {}): ChannelReading {
  return {
    ...componentReading('c1', 'memory'),
    account: { put: 10, recovered: 0, acknowledged: 9, buffered: 1, discarded: 0, bytes: 100 },
    size: 1,
    capacity: 8,
    bytes: 100,
    byteCapacity: 1_000_000,
    fill: 0.125,
    isDurable: false,
    problem: null,
    putAttempts: 12,
    takeAttempts: 7,
    inPerSecond: 1.5,
    outPerSecond: 1.25,
    growthPerSecond: 0.25,
    secondsUntilFull: 28,
    secondsUntilEmpty: null,
    secondsSinceProgress: 0.5,
    ...parts,
  }
}

/** A sink that delivered nine events; its last attempt but one failed. */
export function sinkReading(parts: Partial<SinkReading> = {}): SinkReading {
  return {
    ...componentReading('k1', 'logger'),
    channel: 'c1',
    group: null,
    account: { taken: 12, delivered: 9, dead: 0, returned: 3 },
    dropped: { rejected: 0 },
    deadLettered: 0,
    batchComplete: 1,
    batchUnderflow: 3,
    batchEmpty: 2,
    attempts: 5,
    retries: 1,
    failures: 1,
    failuresInRow: 0,
    batchesInFlight: 0,
    eventsInFlight: 0,
    outPerSecond: 1.25,
    secondsSinceSuccess: 0.5,
    lastFailure: { at: startedAt + 30_000, code: 'EVENT_DELIVERY', message: 'the other side is away' },
    eventAgeSeconds: { bounds: [0.001, 0.01, 1], counts: [0, 8, 0, 1], sum: 2.5, count: 9 },
    deliverySeconds: { bounds: [0.001, 0.01, 1], counts: [5, 0, 0, 0], sum: 0.002, count: 5 },
    ...parts,
  }
}

function componentReading(name: string, type: string): ComponentReading {
  return {
    name,
    type,
    state: 'running',
    since: startedAt + 5,
    startedAt: startedAt + 4,
    restarts: 0,
    lastError: null,
    metrics: [],
  }
}
