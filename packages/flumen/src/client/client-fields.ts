import { field, type OptionsOf } from '../component/kit.ts'

/** How the hosts of a client share its batches. */
export type Spread = 'first' | 'failover' | 'loadbalance'

export interface ClientType {
  readonly transport: 'avro' | 'thrift'
  readonly spread: Spread
  /** What the property may be beside the name. */
  readonly className?: string
}

/** The values of `client.type`, in any case. The last two are not Flume's, whose failover and load balancing speak Avro only. */
export const clientTypes: Readonly<Record<string, ClientType>> = {
  default: { transport: 'avro', spread: 'first', className: 'org.apache.flume.api.NettyAvroRpcClient' },
  default_failover: { transport: 'avro', spread: 'failover', className: 'org.apache.flume.api.FailoverRpcClient' },
  default_loadbalance: {
    transport: 'avro',
    spread: 'loadbalance',
    className: 'org.apache.flume.api.LoadBalancingRpcClient',
  },
  thrift: { transport: 'thrift', spread: 'first', className: 'org.apache.flume.api.ThriftRpcClient' },
  thrift_failover: { transport: 'thrift', spread: 'failover' },
  thrift_loadbalance: { transport: 'thrift', spread: 'loadbalance' },
}

/** Keys of a client that are not those of the sink beneath it. */
export const clientFields = {
  'client.type': field.string({
    default: 'default',
    doc: `Transport, and what several hosts are for: ${Object.keys(clientTypes).join(', ')}.`,
  }),
  hosts: field.list({ required: true, doc: 'Names of the hosts; `hosts.NAME` is `HOST:PORT`.' }),
  'max-attempts': field.int({
    min: 1,
    onInvalid: 'default',
    defaultText: 'the number of hosts',
    doc: 'failover: how often a batch is sent at most. A host without a connection is passed over, and does not count.',
  }),
  'host-selector': field.string({
    default: 'round_robin',
    doc: 'loadbalance: what chooses the host of a request: round_robin, random, or a sink selector of your own.',
  }),
  backoff: field.boolean({ default: false, doc: 'loadbalance: whether a host that failed is left alone for a while.' }),
  maxBackoff: field.duration({
    default: 0,
    unit: 'ms',
    min: 0,
    doc: 'loadbalance: the longest time that it is left alone. 0: 30 s.',
  }),
  maxConnections: field.int({
    min: 1,
    onInvalid: 'default',
    defaultText: '5 with thrift, else 1',
    doc: 'Connections to one host: so many requests may be under way there.',
  }),
  'max-queued-calls': field.int({
    default: 10_000,
    min: 1,
    doc: 'Calls that wait for a connection; one more fails at once.',
  }),
}

export type ClientFields = OptionsOf<typeof clientFields>

/** What `maxConnections` is unless it is set. */
export const usualConnections: Readonly<Record<ClientType['transport'], number>> = { avro: 1, thrift: 5 }

/** Keys that the sink beneath has and a client has not, or has with a meaning of its own. */
export const sinkOnlyKeys: readonly string[] = ['hostname', 'port', 'maxInFlight', ...Object.keys(clientFields)]
