import { defineSource } from '../../../component/kit.ts'
import { legacyServerFields } from '../../rpc/rpc-server-fields.ts'
import { thriftLegacyMetrics } from './thrift-legacy-metrics.ts'
import { ThriftLegacySource } from './thrift-legacy-source.ts'

export default defineSource({
  type: 'thrift_legacy',
  className: 'org.apache.flume.source.thriftLegacy.ThriftLegacySource',
  summary: 'Takes events from the Thrift sinks of Flume 0.9.',
  description:
    'The service ThriftFlumeEventServer in binary Thrift without frames. An event has the headers `host`, `timestamp` ' +
    '(ms), `pri` (FATAL, ERROR, WARN, INFO, DEBUG or TRACE), `nanos`, one for each of its fields, and `FlumeOG` = `yes`. ' +
    'The protocol has no answers: what a channel refuses is put again until it is stored, and the client is held back ' +
    'meanwhile.',
  fields: legacyServerFields,
  metrics: thriftLegacyMetrics,
  examples: [
    'a1.sources.r1.type = org.apache.flume.source.thriftLegacy.ThriftLegacySource\na1.sources.r1.host = 0.0.0.0\n' +
      'a1.sources.r1.port = 35853',
  ],
  mayLose: () =>
    'the protocol has no answers: a client does not know which of its events are stored when the connection or the agent breaks',
  listens: ({ host, port }) => [{ key: 'port', protocol: 'tcp', host, port }],
  create: (options, context) => new ThriftLegacySource(options, context),
})
