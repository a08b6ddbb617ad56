import { defineSource, field } from '../../../component/kit.ts'
import { checkCharset } from '../charset-check.ts'
import { NetcatSource } from './netcat-source.ts'

export default defineSource({
  type: 'netcat',
  className: 'org.apache.flume.source.NetcatSource',
  summary: 'Takes lines of text over TCP, an event a line, and answers OK to each that is stored.',
  description:
    'A line ends with `\\n`; a `\\r` before it stays in the event. A line that could not be stored is answered with ' +
    '`FAILED: ` and the reason, also when acknowledgements are off. A line that is too long is answered with `FAILED: ` ' +
    'and ends the connection; bytes that are no text in the encoding end it without an answer. A line without its end ' +
    'when the client goes away is no event. Whatever the encoding, the body of an event is UTF-8.',
  fields: {
    bind: field.host({ required: true, doc: 'Host name or address to listen on; 0.0.0.0 or :: for all.' }),
    port: field.port({ required: true, doc: 'Port to listen on; 0 takes a free one.' }),
    'max-line-length': field.int({
      default: 512,
      min: 1,
      doc: 'Longest line in characters (UTF-16 units), its newline included.',
    }),
    'ack-every-event': field.boolean({ default: true, doc: 'Answers OK to each line that is stored.' }),
    encoding: field.string({ default: 'utf-8', doc: 'Character set of the lines and of the answers.' }),
    lineTimeout: field.duration({
      default: 60,
      unit: 's',
      min: 0,
      doc: 'A connection that has begun a line and not ended it for so long is closed; 0: never. An idle one is not.',
    }),
    maxConnections: field.int({
      default: 0,
      min: 0,
      doc: 'Most connections at once; more are closed as they come. 0: no bound.',
    }),
    maxConnectionsPerAddress: field.int({
      default: 0,
      min: 0,
      doc: 'Most connections at once from one address; more are closed as they come. 0: no bound.',
    }),
  },
  metrics: [
    { name: 'openConnections', kind: 'gauge', flume: 'OpenConnectionCount', doc: 'Connections there are.' },
    { name: 'connectionsRefused', kind: 'counter', doc: 'Connections closed as they came because of a bound.' },
    { name: 'linesTooLong', kind: 'counter', doc: 'Lines that were too long; each ended its connection.' },
    {
      name: 'linesUndecodable',
      kind: 'counter',
      doc: 'Lines that are no text in the encoding; each ended its connection.',
    },
    { name: 'linesUnterminated', kind: 'counter', doc: 'Lines without an end when their connection ended; no events.' },
    { name: 'lineTimeouts', kind: 'counter', doc: 'Connections closed because a line was not ended in time.' },
  ],
  examples: [
    'a1.sources.r1.type = netcat\na1.sources.r1.bind = 0.0.0.0\na1.sources.r1.port = 44444',
    'a1.sources.r1.type = netcat\na1.sources.r1.bind = localhost\na1.sources.r1.port = 44444\n' +
      'a1.sources.r1.max-line-length = 10000\na1.sources.r1.ack-every-event = false\na1.sources.r1.encoding = ISO-8859-1\n' +
      'a1.sources.r1.lineTimeout = 30\na1.sources.r1.maxConnections = 1000\na1.sources.r1.maxConnectionsPerAddress = 100',
  ],
  mayLose: (options) =>
    options['ack-every-event']
      ? undefined
      : 'without acknowledgements a client does not know which of its lines are stored when the connection breaks',
  listens: ({ bind, port }) => [{ key: 'port', protocol: 'tcp', host: bind, port }],
  check: ({ encoding }, section) => checkCharset(section, 'encoding', encoding),
  create: (options, context) => new NetcatSource(options, context),
})
