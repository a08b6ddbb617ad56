import { field } from '../../../component/kit.ts'
import { flumeFrameBytes } from '../../../protocols/thrift-rpc/index.ts'
import { thriftCompressionTypes } from '../../rpc/compression.ts'
import { inflationFields, rpcServerFields } from '../../rpc/rpc-server-fields.ts'
import { serverTlsFields } from '../server-tls.ts'

const noKerberos = 'there is no Kerberos here'

export const thriftFields = {
  bind: field.host({ required: true, doc: 'Host name or address to listen on; 0.0.0.0 or :: for all.' }),
  port: field.port({ required: true, doc: 'Port to listen on; 0 takes a free one.' }),
  protocol: field.string({
    default: 'compact',
    doc: 'How calls are written: compact or binary. Both sides must have the same; nothing on the wire tells it.',
  }),
  'compression-type': field.enum({
    values: thriftCompressionTypes,
    default: 'none',
    onInvalid: 'default',
    doc: 'How what goes over a connection is compressed, both ways; clients must be set the same, and be Thrift sinks or clients of Flumen.',
  }),
  threads: field.int({
    default: 0,
    onInvalid: 'default',
    doc: "Most of Flume's threads.",
    ignored: 'one thread serves all connections',
  }),
  ...rpcServerFields,
  ...inflationFields,
  maxRequestSize: field.size({
    unit: 'B',
    default: flumeFrameBytes,
    min: 1,
    doc: "Most bytes of one request; a client that sends a larger one is cut off. The default is Flume's own bound.",
  }),
  ...serverTlsFields,
  kerberos: field.boolean({ default: false, doc: 'Not to be had here: with true the source is refused.' }),
  'agent-principal': field.string({ doc: "Flume's name in Kerberos.", ignored: noKerberos }),
  'agent-keytab': field.path({ doc: "Flume's key in Kerberos.", ignored: noKerberos }),
}
