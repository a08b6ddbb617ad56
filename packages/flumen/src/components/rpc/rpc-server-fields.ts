import { field, type OptionsOf } from '../../component/kit.ts'
import type { Metric } from '../../core/index.ts'
import { usualInflationRatio } from '../../protocols/inflation.ts'

/** Bounds of a source whose clients send requests and wait for answers. */
export const rpcServerFields = {
  maxRequestSize: field.size({
    unit: 'MiB',
    default: 128,
    min: 1,
    doc: 'Most bytes of one request; a client that sends a larger one is cut off.',
  }),
  maxHeldSize: field.size({
    unit: 'MiB',
    default: 128,
    min: 1,
    doc: 'Bytes of all requests that are not whole, or not stored yet, beyond which only the client of the oldest is read on.',
  }),
  requestTimeout: field.duration({
    default: 60,
    unit: 's',
    min: 0,
    doc: 'A client whose request, or handshake of TLS, has begun and is not whole after so long is cut off; 0: never (a handshake: 30 s).',
  }),
  maxConnections: field.int({
    default: 0,
    min: 0,
    doc: 'Most connections at once; more are closed as they come. 0: no bound.',
  }),
  maxConnectionsPerAddress: field.int({
    default: 0,
    min: 0,
    doc: 'Most connections at once from one address; more are closed as they come. 0: no bound.',
  }),
}

/** Of the sources whose clients may compress what they send. */
export const inflationFields = {
  maxInflationRatio: field.int({
    default: usualInflationRatio,
    min: 1,
    doc: 'A client whose compressed request becomes more than 20 MiB, and more than so many times as large as it came, is cut off.',
  }),
}

export type InflationFields = OptionsOf<typeof inflationFields>

export type RpcServerFields = OptionsOf<typeof rpcServerFields>

export const rpcServerMetrics: readonly Metric[] = [
  { name: 'openConnections', kind: 'gauge', flume: 'OpenConnectionCount', doc: 'Connections there are.' },
  { name: 'connectionsRefused', kind: 'counter', doc: 'Connections closed as they came because of a bound or a rule.' },
  { name: 'tlsFailures', kind: 'counter', doc: 'Connections that no TLS could be agreed on with.' },
  { name: 'requestsInvalid', kind: 'counter', doc: 'Requests that could not be read; most end their connection.' },
  { name: 'requestTimeouts', kind: 'counter', doc: 'Connections closed because a request was not whole in time.' },
  { name: 'appendReceived', kind: 'counter', flume: 'AppendReceivedCount', doc: 'Requests to store one event.' },
  { name: 'appendAccepted', kind: 'counter', flume: 'AppendAcceptedCount', doc: 'Those that were stored.' },
  {
    name: 'appendBatchReceived',
    kind: 'counter',
    flume: 'AppendBatchReceivedCount',
    doc: 'Requests to store a batch of events.',
  },
  { name: 'appendBatchAccepted', kind: 'counter', flume: 'AppendBatchAcceptedCount', doc: 'Those that were stored.' },
]

const { maxRequestSize, maxHeldSize, requestTimeout, maxConnections, maxConnectionsPerAddress } = rpcServerFields

/** Of the sources for Flume 0.9, which have other names for the address and no TLS. */
export const legacyServerFields = {
  host: field.host({
    required: true,
    aliases: ['bind'],
    doc: 'Host name or address to listen on; 0.0.0.0 or :: for all.',
  }),
  port: field.port({ required: true, doc: 'Port to listen on; 0 takes a free one.' }),
  maxRequestSize,
  maxHeldSize,
  requestTimeout,
  maxConnections,
  maxConnectionsPerAddress,
}
