import { defineSource } from '../../../component/kit.ts'
import { checkCompression } from '../../rpc/compression.ts'
import { rpcServerMetrics } from '../../rpc/rpc-server-fields.ts'
import { checkServerTls } from '../server-tls.ts'
import { thriftFields } from './thrift-fields.ts'
import { ThriftSource } from './thrift-source.ts'

export default defineSource({
  type: 'thrift',
  className: 'org.apache.flume.source.ThriftSource',
  summary: 'Takes events from the Thrift sinks and clients of Flume and Flumen; a call is one transaction.',
  description:
    "Flume's service ThriftSourceProtocol with its calls `append` and `appendBatch`, in frames. A call is answered `OK` " +
    'when its events are stored, all of them, and `FAILED` when a channel refuses them: the client sends them again. A ' +
    'client is held back while its call is stored, and answers come in the order of the calls.',
  fields: thriftFields,
  metrics: rpcServerMetrics,
  examples: [
    'a1.sources.r1.type = thrift\na1.sources.r1.bind = 0.0.0.0\na1.sources.r1.port = 4141',
    'a1.sources.r1.type = thrift\na1.sources.r1.bind = 0.0.0.0\na1.sources.r1.port = 4142\n' +
      'a1.sources.r1.protocol = binary\na1.sources.r1.ssl = true\n' +
      'a1.sources.r1.certificate = /etc/flumen/server.pem\na1.sources.r1.certificateKey = /etc/flumen/server.key',
  ],
  listens: ({ bind, port }) => [{ key: 'port', protocol: 'tcp', host: bind, port }],
  check: (options, section) => {
    checkServerTls(options, section)
    checkCompression(options['compression-type'], 'sender', section)
    const { protocol } = options
    if (!/^(?:compact|binary)$/i.test(protocol)) {
      section.error('protocol', `"${protocol.slice(0, 40)}" is not compact or binary`, 'write compact or binary')
    } else if (/^binary$/i.test(protocol) && protocol !== 'binary') {
      section.warning('protocol', `"${protocol}" counts as compact, as in Flume`, 'write binary or compact')
    }
    if (options.kerberos) {
      const fix = 'remove kerberos; ssl with clientAuthorities asks clients for certificates'
      section.error('kerberos', 'Kerberos is not spoken here', fix)
    }
  },
  create: (options, context) => new ThriftSource(options, context),
})
