import type { ChannelLimits } from '../../core/index.ts'
import type { LogKeeperOptions } from './log-keeper.ts'

export type WhenFull = 'block' | 'reject' | 'drop_oldest'

export interface LogChannelOptions extends LogKeeperOptions {
  readonly limits: ChannelLimits
  /** Bytes of events that wait in memory, at most about; the others are on the disk only. */
  readonly hotBytes: number
  readonly whenFull: WhenFull
  /** Events that wait longer are given up. */
  readonly retentionMs: number
  /** Events stay in memory, and in no log, as long as they fit there. */
  readonly memory?: MemoryFirst
}

export interface MemoryFirst {
  readonly events: number
  readonly bytes: number
  /** How long a put waits for room in memory before it goes to the disk, ms. */
  readonly timeoutMs: number
}
