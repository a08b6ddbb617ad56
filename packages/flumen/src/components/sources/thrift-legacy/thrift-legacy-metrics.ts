import type { Metric } from '../../../core/index.ts'
import { rpcServerMetrics } from '../../rpc/rpc-server-fields.ts'

/** Flume counts nothing of this source. */
export const thriftLegacyMetrics: readonly Metric[] = [
  ...rpcServerMetrics.filter(({ name }) => !name.startsWith('append')),
  { name: 'eventsLost', kind: 'counter', doc: 'Events that were not stored when the source had to stop, or failed.' },
]
