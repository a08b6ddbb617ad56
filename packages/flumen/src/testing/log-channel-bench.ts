import { type ChannelLimits, type Clock, type Log, type Metrics, silentLog, systemClock } from '../core/index.ts'
import { LogChannel } from '../storage/channel/log-channel.ts'
import type { LogChannelOptions } from '../storage/channel/log-channel-options.ts'
import type { Files } from '../storage/files.ts'
import { DirectLogPort } from '../storage/thread/direct-log-port.ts'
import type { LogPort, LogSettings } from '../storage/thread/log-port.ts'

export interface LogChannelBench {
  readonly limits?: Partial<ChannelLimits>
  readonly options?: Partial<LogChannelOptions>
  readonly settings?: Partial<LogSettings>
  readonly clock?: Clock
  readonly log?: Log
  /** In place of one over `files`. */
  makePort?(onEnd: (error: unknown) => void): LogPort
}

export const logSettingsForTest: LogSettings = {
  dataDirectories: ['/data'],
  checkpointDirectories: ['/checkpoint'],
  segmentBytes: 16_384,
  minimumFreeBytes: 0,
  cursors: ['channel'],
  compression: 'none',
  syncEachCommit: true,
}

/** A channel over a log in this thread, on any disk. */
export function logChannelOn(files: Files, bench: LogChannelBench = {}): LogChannel {
  const { limits, options, settings, clock = systemClock, log = silentLog } = bench
  return new LogChannel(
    {
      limits: { events: 1000, transactionEvents: 1000, bytes: 10_000_000, keepAliveMs: 0, ...limits },
      hotBytes: 1 << 20,
      whenFull: 'block',
      retentionMs: Number.POSITIVE_INFINITY,
      checkpointIntervalMs: 30_000,
      tendIntervalMs: 500,
      directories: [],
      owner: 'a test',
      settings: () => Promise.resolve({ ...logSettingsForTest, ...settings }),
      makePort: bench.makePort ?? (() => new DirectLogPort(files)),
      ...options,
    },
    { clock, log, metrics: countingMetrics() },
  )
}

/** Metrics that nobody reads. */
export function countingMetrics(): Metrics {
  const nothing = { add: () => undefined, set: () => undefined, record: () => undefined }
  return { counter: () => nothing, gauge: () => nothing, histogram: () => nothing }
}
