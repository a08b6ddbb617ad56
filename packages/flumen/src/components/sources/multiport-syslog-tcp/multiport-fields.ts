import { field } from '../../../component/kit.ts'
import { serverTlsFields } from '../server-tls.ts'
import { messageFields, streamFields } from '../syslog/syslog-fields.ts'

export const multiportFields = {
  host: field.host({ defaultText: 'all addresses', doc: 'Host name or address to listen on.' }),
  ports: field.list({ required: true, doc: 'Ports to listen on; 0 takes a free one.' }),
  batchSize: field.int({ default: 100, min: 1, doc: 'Most events of one put.' }),
  portHeader: field.string({ doc: 'Name of a header that gets the port that a message came to. Unset: none.' }),
  'charset.default': field.string({ default: 'UTF-8', doc: 'Character set of the messages.' }),
  'charset.port': field.prefix({ placeholder: 'port', doc: 'Character set of the messages to one port.' }),
  readBufferBytes: field.int({
    default: 1024,
    aliases: ['readBufferSize'],
    doc: 'Size of the buffer for reading.',
    ignored: 'the platform chooses its buffers',
  }),
  numProcessors: field.int({ doc: 'Threads for reading.', ignored: 'one thread reads all connections' }),
  ...streamFields,
  ...messageFields,
  ...serverTlsFields,
}
