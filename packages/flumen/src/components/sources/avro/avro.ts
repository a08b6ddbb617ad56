import { defineSource, type Section } from '../../../component/kit.ts'
import { checkCompression } from '../../rpc/compression.ts'
import { rpcServerMetrics } from '../../rpc/rpc-server-fields.ts'
import { checkServerTls } from '../server-tls.ts'
import { type AvroSourceOptions, avroFields } from './avro-fields.ts'
import { AvroSource } from './avro-source.ts'
import { parseIpRules } from './ip-filter.ts'

export default defineSource({
  type: 'avro',
  className: 'org.apache.flume.source.AvroSource',
  summary: "Takes events from Avro sinks of other agents and from Flume's clients, over TCP.",
  description: [
    'Each request, of one event or of many, is stored as a whole or not at all, and answered when it is stored. The ' +
      "events' headers are exactly those that came.",
    '',
    '| Answer | When |',
    '|---|---|',
    '| OK | all of the request is stored in every required channel |',
    '| FAILED | a channel has no room, or can never take so large a batch, or the agent stops; of a batch whatever went wrong |',
    '| an error | the request could not be read, or one event could not be stored for another reason than a channel |',
    '',
    'What is no request of this protocol ends its connection. The requests of one connection are stored and answered in ' +
      'their order.',
  ].join('\n'),
  fields: avroFields,
  metrics: rpcServerMetrics,
  examples: [
    'a1.sources.r1.type = avro\na1.sources.r1.bind = 0.0.0.0\na1.sources.r1.port = 4141',
    'a1.sources.r1.type = avro\na1.sources.r1.bind = 0.0.0.0\na1.sources.r1.port = 4141\n' +
      'a1.sources.r1.compression-type = deflate\na1.sources.r1.ipFilter = true\n' +
      'a1.sources.r1.ipFilterRules = allow:ip:10.*, allow:name:localhost, deny:ip:*',
    'a1.sources.r1.type = avro\na1.sources.r1.bind = 0.0.0.0\na1.sources.r1.port = 4141\n' +
      'a1.sources.r1.ssl = true\na1.sources.r1.certificate = /etc/flumen/server.pem\n' +
      'a1.sources.r1.certificateKey = /etc/flumen/server.key\n' +
      'a1.sources.r1.clientAuthorities = /etc/flumen/clients.pem\na1.sources.r1.maxRequestSize = 16MiB',
  ],
  listens: ({ bind, port }) => [{ key: 'port', protocol: 'tcp', host: bind, port }],
  check: (options, section) => {
    checkServerTls(options, section)
    checkCompression(options['compression-type'], 'sender', section)
    checkIpRules(options, section)
  },
  create: (options, context) => new AvroSource(options, context),
})

function checkIpRules({ ipFilter, ipFilterRules }: AvroSourceOptions, section: Section): void {
  if (!ipFilter) {
    if (ipFilterRules !== undefined) {
      const fix = `set ${section.key('ipFilter')} = true`
      section.warning('ipFilterRules', 'rules do nothing without ipFilter = true: every client is let in', fix)
    }
    return
  }
  if (ipFilterRules === undefined) {
    section.missing('ipFilterRules', 'a filter needs rules', 'write such as allow:ip:10.*, deny:ip:*')
    return
  }
  const parsed = parseIpRules(ipFilterRules)
  if ('wrong' in parsed) {
    const fix = 'write allow or deny, ip or name, and a pattern, with colons between them: allow:ip:10.*'
    section.error('ipFilterRules', `"${parsed.wrong}" is no rule`, fix)
  }
}
