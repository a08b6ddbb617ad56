import { field, type OptionsOf } from '../../../component/kit.ts'
import { compressionTypes } from '../../rpc/compression.ts'
import { inflationFields, rpcServerFields } from '../../rpc/rpc-server-fields.ts'
import { serverTlsFields } from '../server-tls.ts'

export const avroFields = {
  bind: field.host({ required: true, doc: 'Host name or address to listen on; 0.0.0.0 or :: for all.' }),
  port: field.port({ required: true, doc: 'Port to listen on; 0 takes a free one.' }),
  threads: field.string({
    doc: 'Threads for requests.',
    ignored: 'one thread serves all connections, as in Flume 1.11',
  }),
  'compression-type': field.enum({
    values: compressionTypes,
    default: 'none',
    onInvalid: 'default',
    doc:
      'How what goes over a connection is compressed, both ways; clients must be set the same. With ssl it does not matter ' +
      'which of the two a client does first. zstd is for sinks and clients of Flumen only: about as small as ' +
      'deflate, for a third of the work.',
  }),
  ipFilter: field.boolean({ default: false, doc: 'Lets clients in by `ipFilterRules`.' }),
  ipFilterRules: field.string({
    doc:
      'Rules with commas between them: `allow` or `deny`, `:`, `ip` or `name`, `:`, a pattern with `*` and `?`. The ' +
      'first that fits decides; who fits none is let in. `name:localhost` is this machine.',
  }),
  ...rpcServerFields,
  ...inflationFields,
  ...serverTlsFields,
}

export type AvroSourceOptions = OptionsOf<typeof avroFields>
