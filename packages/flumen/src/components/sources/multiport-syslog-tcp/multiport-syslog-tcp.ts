import { defineSource, type Section } from '../../../component/kit.ts'
import { javaCharset } from '../../../text/java-charset.ts'
import { checkCharset } from '../charset-check.ts'
import { checkServerTls } from '../server-tls.ts'
import { checkMessages, mayLoseStreams, streamMetrics } from '../syslog/syslog-fields.ts'
import { multiportFields } from './multiport-fields.ts'
import { type MultiportOptions, MultiportSource } from './multiport-source.ts'

/** Flume counts what it could not parse or decode, which is an event nevertheless; and what failed in a connection. */
const flumeNames: Readonly<Record<string, { readonly flume: string }>> = {
  messagesInvalid: { flume: 'EventReadFail' },
  tlsFailures: { flume: 'GenericProcessingFail' },
}

export default defineSource({
  type: 'multiport_syslogtcp',
  className: 'org.apache.flume.source.MultiportSyslogTCPSource',
  summary: 'Takes syslog messages over TCP or TLS on several ports, an event a message.',
  description:
    'The head of a message becomes headers: `Facility`, `Severity`, `Priority`, `Version`, `timestamp` (ms since the ' +
    'epoch) and `host`; the body is what comes after the host. A message that is not in the form of RFC 5424 or RFC ' +
    '3164 keeps its whole text and has the header `flume.syslog.status = Invalid` alone; the beginning of one that was ' +
    'too long has `Incomplete`. A date without a zone is in UTC, and one without a year in the nearest. A full channel ' +
    'holds the senders back.',
  fields: multiportFields,
  metrics: streamMetrics.map((metric) => ({ ...metric, ...flumeNames[metric.name] })),
  examples: [
    'a1.sources.r1.type = multiport_syslogtcp\na1.sources.r1.host = 0.0.0.0\n' +
      'a1.sources.r1.ports = 10001 10002 10003\na1.sources.r1.portHeader = port',
    'a1.sources.r1.type = multiport_syslogtcp\na1.sources.r1.ports = 10001 10002\n' +
      'a1.sources.r1.charset.default = UTF-8\na1.sources.r1.charset.port.10002 = ISO-8859-1\n' +
      'a1.sources.r1.keepFields = all\na1.sources.r1.batchSize = 50',
  ],
  mayLose: mayLoseStreams,
  batchSize: ({ batchSize }) => ({ key: 'batchSize', events: batchSize }),
  listens: ({ host, ports }) =>
    ports.map((port) => ({ key: 'ports', protocol: 'tcp' as const, host, port: Number(port) })),
  check: (options, section) => {
    checkPorts(options, section)
    checkCharsets(options, section)
    checkMessages(options, section)
    checkServerTls(options, section)
  },
  create: (options, context) => new MultiportSource(options, context),
})

function checkPorts({ ports }: MultiportOptions, section: Section): void {
  const wrong = ports.find((port) => !/^\d{1,5}$/.test(port) || Number(port) > 65_535)
  if (wrong !== undefined) section.error('ports', `"${wrong}" is not a port`, 'write whole numbers up to 65535')
  const twice = ports.find((port, index) => port !== '0' && ports.indexOf(port) < index)
  if (twice !== undefined) section.error('ports', `port ${twice} stands there twice`, 'write it once')
}

function checkCharsets(options: MultiportOptions, section: Section): void {
  const charsets: [string, string][] = [['charset.default', options['charset.default']]]
  for (const [port, name] of options['charset.port']) charsets.push([`charset.port.${port}`, name])
  for (const [key, name] of charsets) {
    checkCharset(section, key, name)
    if (javaCharset(name)?.name.startsWith('UTF-16') || javaCharset(name)?.name.startsWith('UTF-32')) {
      section.error(
        key,
        `a message in ${name} does not end with a byte \\n`,
        'write a character set that has ASCII in it',
      )
    }
  }
}
