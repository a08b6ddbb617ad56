import { defineSink } from '../../../component/kit.ts'
import { checkClientTls } from '../../rpc/client-tls.ts'
import { checkCompression } from '../../rpc/compression.ts'
import { checkRpcClient } from '../../rpc/rpc-client-keys.ts'
import { rpcSinkMetrics } from '../../rpc/rpc-sink-fields.ts'
import { thriftSinkFields } from './thrift-fields.ts'
import { ThriftSink } from './thrift-sink.ts'

export default defineSink({
  type: 'thrift',
  className: 'org.apache.flume.sink.ThriftSink',
  summary: 'Sends events to a Thrift source of Flume or Flumen, a batch a call.',
  description:
    'A batch is delivered when the other side answers `OK`, which it does when it has stored all of it. Anything else, and ' +
    'no answer in time, closes the connection and sends the batch again: what was stored before a lost answer comes twice.',
  fields: thriftSinkFields,
  metrics: rpcSinkMetrics,
  examples: [
    'a1.sinks.k1.type = thrift\na1.sinks.k1.hostname = collector.example.com\na1.sinks.k1.port = 4141',
    'a1.sinks.k1.type = thrift\na1.sinks.k1.hostname = collector.example.com\na1.sinks.k1.port = 4142\n' +
      'a1.sinks.k1.protocol = binary\na1.sinks.k1.batch-size = 1000\na1.sinks.k1.ssl = true\n' +
      'a1.sinks.k1.authorities = /etc/flumen/authorities.pem',
  ],
  batchSize: (options) => ({ key: 'batch-size', events: options['batch-size'] }),
  check: (options, section) => {
    checkClientTls(options, section)
    checkRpcClient(options, 'thrift', section)
    checkCompression(options['compression-type'], 'receiver', section)
    const { protocol } = options
    if (protocol !== 'compact' && protocol !== 'binary') {
      const message = `"${protocol.slice(0, 40)}" counts as compact, as in Flume`
      section.warning('protocol', message, 'write compact or binary')
    }
    if (options.kerberos) {
      const fix = 'remove kerberos; ssl with certificate and certificateKey shows who this side is'
      section.error('kerberos', 'Kerberos is not spoken here', fix)
    }
  },
  create: (options, context) => new ThriftSink(options, context),
})
