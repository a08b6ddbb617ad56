import { defineSource } from '../../../component/kit.ts'
import { checkServerTls } from '../server-tls.ts'
import { checkFormat, checkMessages, mayLoseStreams, streamMetrics } from '../syslog/syslog-fields.ts'
import { syslogTcpFields } from './syslog-tcp-fields.ts'
import { SyslogTcpSource } from './syslog-tcp-source.ts'

export default defineSource({
  type: 'syslogtcp',
  className: 'org.apache.flume.source.SyslogTcpSource',
  summary: 'Takes syslog messages over TCP, TLS or a Unix socket, an event a message.',
  description:
    'The head of a message becomes headers: `Facility`, `Severity`, `priority`, `version`, `timestamp` (ms since the ' +
    'epoch) and `host`; the body is what comes after the host. RFC 5424 and RFC 3164 are understood; a message in ' +
    'another form keeps its whole text and has facility and severity alone, one without a priority has the header ' +
    '`flume.syslog.status = Invalid`, and the beginning of one that was too long `Incomplete`. A date without a zone is ' +
    "in the agent's own, and one without a year in the nearest. A full channel holds the senders back. Flume's EventReadFail " +
    'counts messages that it drops because an interceptor fails; none is dropped here, so it stays 0.',
  fields: syslogTcpFields,
  metrics: streamMetrics,
  examples: [
    'a1.sources.r1.type = syslogtcp\na1.sources.r1.host = 0.0.0.0\na1.sources.r1.port = 5140',
    'a1.sources.r1.type = syslogtcp\na1.sources.r1.port = 6514\na1.sources.r1.ssl = true\n' +
      'a1.sources.r1.certificate = /etc/flumen/server.pem\na1.sources.r1.certificateKey = /etc/flumen/server.key\n' +
      'a1.sources.r1.keepFields = timestamp hostname\na1.sources.r1.clientIPHeader = client',
  ],
  mayLose: mayLoseStreams,
  listens: ({ host, port, socketPath }) =>
    socketPath === undefined
      ? [{ key: 'port', protocol: 'tcp', host, port: port ?? 0 }]
      : [{ key: 'socketPath', protocol: 'unix', host: undefined, port: socketPath }],
  check: (options, section) => {
    if (options.port === undefined && options.socketPath === undefined) {
      section.missing('port', `${section.key('port')} is needed`, `add ${section.key('port')} = 5140`)
    }
    if (options.ssl && options.socketPath !== undefined) {
      section.error('ssl', 'nobody speaks TLS over a Unix socket', 'remove ssl, or listen on a port')
    }
    checkMessages(options, section)
    checkFormat(options.format, section)
    checkServerTls(options, section)
  },
  create: (options, context) => new SyslogTcpSource(options, context),
})
