import { field } from '../../../component/kit.ts'
import { flumeFrameBytes } from '../../../protocols/thrift-rpc/index.ts'
import { clientTlsFields } from '../../rpc/client-tls.ts'
import { thriftCompressionTypes } from '../../rpc/compression.ts'
import { rpcSinkFields } from '../../rpc/rpc-sink-fields.ts'

const noKerberos = 'there is no Kerberos here'

export const thriftSinkFields = {
  ...rpcSinkFields,
  'reset-connection-interval': field.duration({
    default: 0,
    unit: 's',
    min: 0,
    aliases: ['connection-reset-interval'],
    doc: 'A connection that is older is closed before the next request, and another is made, such as through a load balancer. 0: never.',
  }),
  'compression-type': field.enum({
    values: thriftCompressionTypes,
    default: 'none',
    onInvalid: 'default',
    doc: 'How what goes over a connection is compressed, both ways, within TLS; the other side must be set the same, and be a Thrift source of Flumen.',
  }),
  'compression-level': field.int({ default: 3, min: 1, max: 9, doc: 'How much zstd does for a small size.' }),
  protocol: field.string({
    default: 'compact',
    doc: 'How calls are written: compact or binary. Both sides must have the same; nothing on the wire tells it.',
  }),
  maxRequestSize: field.size({
    unit: 'B',
    default: flumeFrameBytes,
    min: 1024,
    doc: "Most bytes of a request. Flume's Thrift source takes no more than the default; an event that does not fit alone goes to the dead letters.",
  }),
  maxConnections: field.int({
    default: 1,
    onInvalid: 'default',
    doc: "Connections of Flume's client.",
    ignored: 'a sink has one connection, as in Flume',
  }),
  ...clientTlsFields,
  kerberos: field.boolean({ default: false, doc: 'Not to be had here: with true the sink is refused.' }),
  'client-principal': field.string({ doc: "Flume's name in Kerberos.", ignored: noKerberos }),
  'client-keytab': field.path({ doc: "Flume's key in Kerberos.", ignored: noKerberos }),
  'server-principal': field.string({ doc: "The other side's name in Kerberos.", ignored: noKerberos }),
}
