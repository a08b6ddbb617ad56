import { defineSource } from '../../../component/kit.ts'
import { checkServerTls } from '../server-tls.ts'
import { httpFields } from './http-fields.ts'
import { HttpSource } from './http-source.ts'

export default defineSource({
  type: 'http',
  className: 'org.apache.flume.source.http.HTTPSource',
  summary: 'Takes events over HTTP and HTTPS; a request is one transaction, and is answered when it is stored.',
  description: [
    'Every path is taken, GET as POST. A handler makes events of a request: of an array of JSON, of lines, of the whole ' +
      'body. A body may be compressed with gzip, deflate or zstd.',
    '',
    '| Answer | When |',
    '|---|---|',
    '| 200 | all is stored, also when there were no events |',
    '| 400 | the handler says that the request is wrong, or a body is not compressed as it says |',
    '| 403, 405, 501 | OPTIONS and TRACE; PUT and DELETE; any other method |',
    '| 408 | the request did not come to its end in time |',
    '| 413 | the body is too large, or grows too much, or its events never fit into the channel |',
    '| 415 | the body is compressed in a way that is not known |',
    '| 429 | too many bytes wait to be stored |',
    '| 500 | the handler failed, or something other than a channel did |',
    '| 503 | a channel has no room, or the agent stops |',
    '',
    'Nothing of a request is stored unless the answer is 200; with 429 and 503 the header `Retry-After` says in how ' +
      'many seconds to try again.',
  ].join('\n'),
  fields: httpFields,
  metrics: [
    { name: 'openConnections', kind: 'gauge', doc: 'Connections there are.' },
    { name: 'connectionsRefused', kind: 'counter', doc: 'Connections closed as they came because of a bound.' },
    { name: 'tlsFailures', kind: 'counter', doc: 'Connections that no TLS could be agreed on with.' },
    {
      name: 'requestsRead',
      kind: 'counter',
      flume: 'AppendBatchReceivedCount',
      doc: 'Requests that events were made of.',
    },
    { name: 'requestsStored', kind: 'counter', flume: 'AppendBatchAcceptedCount', doc: 'Those that were stored.' },
    {
      name: 'requestsUnreadable',
      kind: 'counter',
      flume: 'EventReadFail',
      doc: 'Requests that no events could be made of.',
    },
    {
      name: 'requestsFailed',
      kind: 'counter',
      flume: 'GenericProcessingFail',
      doc: 'Requests that could not be stored for another reason than a channel.',
    },
    { name: 'requestsTooLarge', kind: 'counter', doc: 'Requests with a body that was too large or grew too much.' },
    { name: 'requestsRefused', kind: 'counter', doc: 'Requests that came while too many bytes waited.' },
    { name: 'requestsAborted', kind: 'counter', doc: 'Requests that broke off; nothing of them was stored.' },
    { name: 'requestsInvalid', kind: 'counter', doc: 'Requests that are no HTTP; each ended its connection.' },
    { name: 'requestTimeouts', kind: 'counter', doc: 'Connections closed because a request was not whole in time.' },
    { name: 'bodiesCut', kind: 'counter', doc: 'Bodies whose end the handler did not want.' },
  ],
  examples: [
    'a1.sources.r1.type = http\na1.sources.r1.port = 8080',
    'a1.sources.r1.type = http\na1.sources.r1.bind = 0.0.0.0\na1.sources.r1.port = 8443\n' +
      'a1.sources.r1.handler = lines\na1.sources.r1.ssl = true\n' +
      'a1.sources.r1.certificate = /etc/flumen/server.pem\na1.sources.r1.certificateKey = /etc/flumen/server.key\n' +
      'a1.sources.r1.maxBodySize = 4MiB\na1.sources.r1.requestTimeout = 30',
  ],
  listens: ({ bind, port }) => [{ key: 'port', protocol: 'tcp', host: bind, port }],
  check: (options, section) => checkServerTls(options, section),
  create: async (options, context) => new HttpSource(options, await options.handler.create(context), context),
})
