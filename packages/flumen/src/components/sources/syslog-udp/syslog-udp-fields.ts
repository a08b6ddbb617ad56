import { field } from '../../../component/kit.ts'
import { formatFields, messageFields } from '../syslog/syslog-fields.ts'

export const syslogUdpFields = {
  host: field.host({ defaultText: 'all addresses', doc: 'Host name or address to listen on.' }),
  port: field.port({ required: true, doc: 'Port to listen on; 0 takes a free one.' }),
  receiveBufferBytes: field.size({
    default: 8 * 1024 * 1024,
    min: 1,
    doc: 'Size of the buffer in which the kernel keeps datagrams until they are read; net.core.rmem_max bounds it.',
  }),
  ...messageFields,
  ...formatFields,
}
