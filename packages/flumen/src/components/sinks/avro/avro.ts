import { defineSink, field } from '../../../component/kit.ts'
import { checkClientTls, clientTlsFields } from '../../rpc/client-tls.ts'
import {
  batchCompressions,
  checkCompression,
  compressionOf,
  compressionTypes,
  packLevelOf,
} from '../../rpc/compression.ts'
import { checkRpcClient } from '../../rpc/rpc-client-keys.ts'
import { RpcSink } from '../../rpc/rpc-sink.ts'
import { rpcSinkFields, rpcSinkMetrics } from '../../rpc/rpc-sink-fields.ts'
import { AvroConversation } from './avro-conversation.ts'

export default defineSink({
  type: 'avro',
  className: 'org.apache.flume.sink.AvroSink',
  summary: 'Sends events to an Avro source of another agent, over TCP.',
  description:
    'A batch is one request; it is delivered when the other side says that it has stored it. After a lost answer the ' +
    'batch is sent again, so that the other side may have it twice. A connection is made when there is something to ' +
    'send; a failure ends it.',
  fields: {
    ...rpcSinkFields,
    'compression-type': field.enum({
      values: compressionTypes,
      default: 'none',
      onInvalid: 'default',
      doc:
        'How what goes over a connection is compressed, both ways; the other side must be set the same. zstd is for agents ' +
        'of Flumen only: about as small as deflate, for a third of the work.',
    }),
    'compression-level': field.int({
      min: 0,
      max: 9,
      defaultText: '6 with deflate, 3 with zstd',
      doc: 'How much is done for a small size: 0 nothing (with zstd the same as 1), 9 all there is.',
    }),
    batchCompression: field.enum({
      values: batchCompressions,
      default: 'none',
      doc:
        'How each batch is compressed if the other side, an Avro source of Flumen, says that it reads it; to any other, ' +
        'such as one of Flume, batches are sent as they are. Nothing is to be set there. It takes the place of ' +
        '`compression-type`.',
    }),
    compressWithinTls: field.boolean({
      defaultText: 'false with deflate, true with zstd',
      doc:
        'With ssl and compression: compresses first and enciphers then, as Flume up to 1.9; an Avro source of Flumen takes ' +
        'both. Flume 1.11 compresses what is enciphered, which makes nothing smaller.',
    }),
    maxIoWorkers: field.string({ doc: 'Threads for connections.', ignored: 'there are none here, nor in Flume 1.11' }),
    ...clientTlsFields,
  },
  metrics: rpcSinkMetrics,
  examples: [
    'a1.sinks.k1.type = avro\na1.sinks.k1.hostname = collector.example.org\na1.sinks.k1.port = 4141',
    'a1.sinks.k1.type = avro\na1.sinks.k1.hostname = collector.example.org\na1.sinks.k1.port = 4141\n' +
      'a1.sinks.k1.batch-size = 1000\na1.sinks.k1.compression-type = deflate\na1.sinks.k1.compression-level = 1\n' +
      'a1.sinks.k1.reset-connection-interval = 600',
    'a1.sinks.k1.type = avro\na1.sinks.k1.hostname = collector.example.org\na1.sinks.k1.port = 4141\n' +
      'a1.sinks.k1.ssl = true\na1.sinks.k1.authorities = /etc/flumen/authorities.pem',
  ],
  batchSize: (options) => ({ key: 'batch-size', events: options['batch-size'] }),
  check: (options, section) => {
    checkClientTls(options, section)
    checkRpcClient(options, 'avro', section)
    checkCompression(options['compression-type'], 'receiver', section)
    if (options.batchCompression === 'none' || options['compression-type'] === 'none') return
    const fix = 'remove one of the two'
    section.error('batchCompression', 'with compression-type everything is compressed already, and nothing twice', fix)
  },
  create: (options, context) => {
    const packLevel = packLevelOf(options.batchCompression, options['compression-level'])
    return new RpcSink(
      {
        ...options,
        converse: () => new AvroConversation(packLevel),
        compressesWithinTls: options.compressWithinTls ?? options['compression-type'] === 'zstd',
        compression: compressionOf(options['compression-type'], options['compression-level']),
      },
      context,
    )
  },
})
