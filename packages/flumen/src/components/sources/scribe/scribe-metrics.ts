import type { Metric } from '../../../core/index.ts'
import { rpcServerMetrics } from '../../rpc/rpc-server-fields.ts'

/** The call of Scribe is none of those that Flume counts as appends. */
export const scribeMetrics: readonly Metric[] = [
  ...rpcServerMetrics.filter(({ name }) => !name.startsWith('append')),
  { name: 'callsReceived', kind: 'counter', doc: 'Calls to store entries.' },
  { name: 'callsStored', kind: 'counter', doc: 'Those that were stored and answered OK.' },
  {
    name: 'callsFailed',
    kind: 'counter',
    flume: 'EventReadFail',
    doc: 'Those that were answered TRY_LATER for another reason than a channel.',
  },
]
