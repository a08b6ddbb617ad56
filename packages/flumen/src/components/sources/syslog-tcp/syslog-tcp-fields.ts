import { field } from '../../../component/kit.ts'
import { serverTlsFields } from '../server-tls.ts'
import { formatFields, messageFields, streamFields } from '../syslog/syslog-fields.ts'

export const syslogTcpFields = {
  host: field.host({ defaultText: 'all addresses', doc: 'Host name or address to listen on.' }),
  port: field.port({ doc: 'Port to listen on; 0 takes a free one. Needed unless there is a socketPath.' }),
  socketPath: field.path({ doc: 'Unix socket (a stream) to listen on, instead of host and port.' }),
  ...streamFields,
  ...messageFields,
  ...formatFields,
  ...serverTlsFields,
}
