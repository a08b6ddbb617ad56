import type { ChannelContext } from '../../core/index.ts'
import { LogChannel } from '../../storage/channel/log-channel.ts'
import type { LogChannelOptions } from '../../storage/channel/log-channel-options.ts'
import { ThreadLogPort } from '../../storage/thread/thread-log-port.ts'
import { directoriesOf, type LogOptions } from './log-channel-options.ts'
import { logSettings } from './log-channel-settings.ts'

/** A segment may have so much of the bytes that a channel may hold. */
const segmentShare = 8
const leastSegmentBytes = 1 << 20
const mostSegmentBytes = 2 ** 31 - 2 ** 20

export function makeLogChannel(
  options: LogOptions,
  context: ChannelContext,
  more: Pick<LogChannelOptions, 'limits' | 'whenFull' | 'retentionMs' | 'memory'>,
): LogChannel {
  const { data, checkpoint } = directoriesOf(options)
  const most = Math.min(options.maxFileSize, mostSegmentBytes, more.limits.bytes / segmentShare)
  const segmentBytes = Math.max(leastSegmentBytes, Math.floor(most))
  return new LogChannel(
    {
      ...more,
      hotBytes: options.memoryBudget,
      checkpointIntervalMs: options.checkpointInterval > 0 ? Math.max(1000, options.checkpointInterval) : 30_000,
      tendIntervalMs: options.fsyncPerTransaction ? 500 : Math.min(500, Math.max(10, options.fsyncInterval)),
      directories: [...data, ...checkpoint],
      owner: `channel ${context.name}`,
      settings: () => logSettings(options, segmentBytes),
      makePort: (onEnd, onProgress) => new ThreadLogPort(onEnd, onProgress),
    },
    context,
  )
}
