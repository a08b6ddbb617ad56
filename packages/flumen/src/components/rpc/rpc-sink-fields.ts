import { field, type OptionsOf } from '../../component/kit.ts'
import type { Metric } from '../../core/index.ts'
import { rpcClientFields } from './rpc-client-keys.ts'

/** Of a sink that sends batches as requests and waits for answers. */
export const rpcSinkFields = {
  hostname: field.host({ required: true, doc: 'Host name or address of the other side.' }),
  port: field.port({ required: true, doc: 'Its port.' }),
  'batch-size': field.int({ default: 100, min: 1, onInvalid: 'default', doc: 'Most events of one request.' }),
  'connect-timeout': field.duration({
    default: 20_000,
    unit: 'ms',
    min: 1000,
    onInvalid: 'default',
    doc: 'How long a connection may take.',
  }),
  'request-timeout': field.duration({
    default: 20_000,
    unit: 'ms',
    min: 1000,
    onInvalid: 'default',
    doc: 'How long an answer may take; then the connection is given up, and the batch is sent again.',
  }),
  maxInFlight: field.int({
    default: 1,
    min: 1,
    max: 64,
    doc:
      'Most requests without an answer on the connection: more than 1 hides the time that an answer takes. When one ' +
      'fails, those sent after it may be stored already and are sent again behind it: more than one batch may come ' +
      'twice, and later events before earlier ones. Without a failure the order is kept, but for an Avro source of ' +
      'Flume, which works on several requests of a connection at once.',
  }),
  'reset-connection-interval': field.duration({
    default: 0,
    unit: 's',
    min: 0,
    doc: 'A connection that is older is closed before the next request, and another is made, such as through a load balancer. 0: never.',
  }),
  ...rpcClientFields,
}

export type RpcSinkFields = OptionsOf<typeof rpcSinkFields>

export const rpcSinkMetrics: readonly Metric[] = [
  { name: 'connectionsCreated', kind: 'counter', flume: 'ConnectionCreatedCount', doc: 'Connections that were made.' },
  { name: 'connectionsClosed', kind: 'counter', flume: 'ConnectionClosedCount', doc: 'Connections that were closed.' },
  {
    name: 'connectionsFailed',
    kind: 'counter',
    flume: 'ConnectionFailedCount',
    doc: 'Connections that could not be made.',
  },
]
