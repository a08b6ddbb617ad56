import { defineSource, field } from '../../../component/kit.ts'
import { flumeFrameBytes } from '../../../protocols/thrift-rpc/index.ts'
import { rpcServerFields } from '../../rpc/rpc-server-fields.ts'
import { scribeMetrics } from './scribe-metrics.ts'
import { ScribeSource } from './scribe-source.ts'

const { requestTimeout, maxHeldSize, maxConnections, maxConnectionsPerAddress } = rpcServerFields

export default defineSource({
  type: 'scribe',
  className: 'org.apache.flume.source.scribe.ScribeSource',
  summary: 'Takes log entries from the clients and relays of Scribe; a call is one transaction.',
  description:
    'The call `Log` of the service Scribe, in frames of binary Thrift. Each entry is an event: its message is the body, ' +
    'byte for byte, and its category the header `category`. A call is answered `OK` when its entries are stored, all of ' +
    'them, and `TRY_LATER` when they are not: the client keeps them and sends them again.',
  fields: {
    bind: field.host({ defaultText: 'all addresses', doc: 'Host name or address to listen on.' }),
    port: field.port({ default: 1499, doc: 'Port to listen on; 0 takes a free one.' }),
    maxReadBufferBytes: field.int({
      default: flumeFrameBytes,
      min: 1,
      onInvalid: 'default',
      doc: 'Most bytes of one call; a client that sends a larger one is cut off.',
    }),
    workerThreads: field.int({
      default: 5,
      min: 1,
      onInvalid: 'default',
      doc: "Flume's threads.",
      ignored: 'one thread serves all connections',
    }),
    maxHeldSize,
    requestTimeout,
    maxConnections,
    maxConnectionsPerAddress,
  },
  metrics: scribeMetrics,
  examples: [
    'a1.sources.r1.type = org.apache.flume.source.scribe.ScribeSource\na1.sources.r1.port = 1463',
    'a1.sources.r1.type = org.apache.flume.source.scribe.ScribeSource\na1.sources.r1.bind = 10.0.0.5\n' +
      'a1.sources.r1.port = 1499\na1.sources.r1.maxReadBufferBytes = 4194304\na1.sources.r1.maxConnections = 500',
  ],
  listens: ({ bind, port }) => [{ key: 'port', protocol: 'tcp', host: bind, port }],
  create: (options, context) => new ScribeSource(options, context),
})
