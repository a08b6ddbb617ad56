import { defineSource } from '../../../component/kit.ts'
import { legacyServerFields, rpcServerMetrics } from '../../rpc/rpc-server-fields.ts'
import { AvroLegacySource } from './avro-legacy-source.ts'

export default defineSource({
  type: 'avro_legacy',
  className: 'org.apache.flume.source.avroLegacy.AvroLegacySource',
  summary: 'Takes events from the Avro sinks of Flume 0.9; a call is one transaction.',
  description:
    'Avro RPC over HTTP, the call `append`. An event has the headers `host`, `timestamp` (ms), `pri` (FATAL, ERROR, ' +
    'WARN, INFO, DEBUG or TRACE), `nanos`, one for each of its fields, and `FlumeOG` = `yes`. A call is answered when ' +
    'its event is stored, and with an error when it is not: the client knows that it has to send it again. A request ' +
    'must say the length of its body.',
  fields: legacyServerFields,
  metrics: rpcServerMetrics,
  examples: [
    'a1.sources.r1.type = org.apache.flume.source.avroLegacy.AvroLegacySource\na1.sources.r1.host = 0.0.0.0\n' +
      'a1.sources.r1.port = 35872',
  ],
  listens: ({ host, port }) => [{ key: 'port', protocol: 'tcp', host, port }],
  create: (options, context) => new AvroLegacySource(options, context),
})
