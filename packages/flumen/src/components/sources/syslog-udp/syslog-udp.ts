import { defineSource } from '../../../component/kit.ts'
import { datagramMetrics } from '../datagram-server.ts'
import { checkFormat, checkMessages } from '../syslog/syslog-fields.ts'
import { syslogUdpFields } from './syslog-udp-fields.ts'
import { SyslogUdpSource } from './syslog-udp-source.ts'

export default defineSource({
  type: 'syslogudp',
  className: 'org.apache.flume.source.SyslogUDPSource',
  summary: 'Takes syslog messages over UDP, an event a datagram.',
  description:
    'A message is what a datagram has before its first `\\n`; headers and body are made of it as syslogtcp does. Nobody ' +
    'is answered, so nobody can be held back: a message that the channel does not take is dropped and counted, and so ' +
    'are those that the kernel drops because its buffer is full (as Linux tells).',
  fields: syslogUdpFields,
  metrics: [
    ...datagramMetrics,
    { name: 'datagramsEmpty', kind: 'counter', flume: 'EventReadFail', doc: 'Datagrams without a message; no events.' },
    { name: 'messagesInvalid', kind: 'counter', doc: 'Events with the status Invalid.' },
  ],
  examples: [
    'a1.sources.r1.type = syslogudp\na1.sources.r1.host = 0.0.0.0\na1.sources.r1.port = 5140',
    'a1.sources.r1.type = syslogudp\na1.sources.r1.port = 5140\na1.sources.r1.keepFields = priority version\n' +
      'a1.sources.r1.clientIPHeader = client\na1.sources.r1.receiveBufferBytes = 32MiB',
  ],
  mayLose: () =>
    'a sender over UDP is not told what is stored, and what cannot be stored at once is dropped and counted',
  listens: ({ host, port }) => [{ key: 'port', protocol: 'udp', host, port }],
  check: (options, section) => {
    checkMessages(options, section)
    checkFormat(options.format, section)
  },
  create: (options, context) => new SyslogUdpSource(options, context),
})
