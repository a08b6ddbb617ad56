import { validateHeaderName, validateHeaderValue } from 'node:http'
import { defineSink, type OptionsOf, type Section } from '../../../component/kit.ts'
import { messageOf } from '../../../core/index.ts'
import { checkClientTls } from '../../rpc/client-tls.ts'
import { httpSinkFields } from './http-fields.ts'
import { HttpSink } from './http-sink.ts'
import { checkStatusRules } from './status-rules.ts'

export default defineSink({
  type: 'http',
  className: 'org.apache.flume.sink.http.HttpSink',
  summary: 'Posts events to a URL of http or https, one or many a request.',
  description: [
    "As in Flume, a request holds the body of one event unless format says otherwise; with json, Flume's HTTP source and",
    'that of Flumen take what is sent, with all headers.',
    '',
    'An answer of 2XX means that the events are delivered. For every other, rules say what follows, of the status itself',
    '(`rollback.503`), of its hundred (`rollback.5XX`), or in general (`defaultRollback`):',
    '',
    '| `rollback` | `backoff` | What follows |',
    '|---|---|---|',
    '| true | true | the events are sent again, after a pause; `Retry-After` of 429, 503 and others is honoured |',
    '| true | false | they are sent again at once, or after `Retry-After` |',
    '| false | false | above 399 the events are refused and go to the dead letters, below they are delivered |',
    '| false | true | the same, with a pause before the next request |',
    '',
    'A request of several events that is refused is divided until the event is found that makes it so, and so is one that',
    'is answered with 413. No answer, or none in time, means that the events are sent again; they may arrive twice then.',
    '307 and 308 are followed within the same host and port; other redirections are not, since they do not take the',
    'events along.',
  ].join('\n'),
  fields: httpSinkFields,
  metrics: [
    {
      name: 'eventsCounted',
      kind: 'counter',
      flume: 'EventDrainSuccessCount',
      doc: 'Events whose answer has a status that incrementMetrics says to count.',
    },
    { name: 'requestsSent', kind: 'counter', doc: 'Requests that were begun.' },
    { name: 'requestsUnanswered', kind: 'counter', doc: 'Requests that no answer came to.' },
    { name: 'answersWithoutSuccess', kind: 'counter', doc: 'Answers of another status than 2XX.' },
    {
      name: 'connectionsCreated',
      kind: 'counter',
      flume: 'ConnectionCreatedCount',
      doc: 'Connections that were made.',
    },
    {
      name: 'connectionsFailed',
      kind: 'counter',
      flume: 'ConnectionFailedCount',
      doc: 'Connections that could not be made.',
    },
  ],
  examples: [
    'a1.sinks.k1.type = http\na1.sinks.k1.endpoint = http://collector.example.org:8080/events\n' +
      'a1.sinks.k1.rollback.4XX = false\na1.sinks.k1.backoff.4XX = false',
    'a1.sinks.k1.type = http\na1.sinks.k1.endpoint = https://collector.example.org/events\n' +
      'a1.sinks.k1.format = json\na1.sinks.k1.batchSize = 500\na1.sinks.k1.compression = gzip\n' +
      'a1.sinks.k1.ordered = false\na1.sinks.k1.maxConnections = 8\n' +
      'a1.sinks.k1.bearerToken = 3f6c0a91\na1.sinks.k1.headers.X-Tenant = shop',
  ],
  batchSize: ({ batchSize }) => ({ key: 'batchSize', events: batchSize }),
  check: checkHttpSink,
  create: (options, context) => new HttpSink(options, context),
})

type HttpSinkOptions = OptionsOf<typeof httpSinkFields>

function checkHttpSink(options: HttpSinkOptions, section: Section): void {
  checkEndpoint(options, section)
  checkStatusRules(options, section)
  checkHeaders(options, section)
  checkAuthorization(options, section)
  const { compression, compressionLevel = 0 } = options
  if (compression === 'gzip' && compressionLevel > 9) {
    section.error('compressionLevel', 'gzip has levels up to 9', 'write 9 or less, or compression = zstd')
  }
}

function checkEndpoint(options: HttpSinkOptions, section: Section): void {
  const url = URL.parse(options.endpoint)
  if (!url || !/^https?:$/.test(url.protocol)) {
    const fix = 'write such as http://collector.example.org:8080/events'
    section.error('endpoint', 'the endpoint is not a URL of http or https', fix)
    return
  }
  checkClientTls({ ...options, ssl: url.protocol === 'https:' }, section, 'write https for http in endpoint')
  if (url.username !== '' || url.password !== '') {
    section.warning('endpoint', 'a password in a URL is easily seen', 'use username and password')
  }
}

/** Headers that say how a request is read; the sink writes them. */
const ownHeaders = ['content-length', 'transfer-encoding', 'content-encoding', 'connection']

function checkHeaders({ headers, contentTypeHeader, acceptHeader }: HttpSinkOptions, section: Section): void {
  const all = [
    ...Array.from(headers, ([name, value]) => [`headers.${name}`, name, value] as const),
    ['contentTypeHeader', 'Content-Type', contentTypeHeader ?? ''] as const,
    ['acceptHeader', 'Accept', acceptHeader] as const,
  ]
  for (const [key, name, value] of all) {
    if (ownHeaders.includes(name.toLowerCase())) {
      section.error(key, `${name} is written by the sink itself`, `remove ${section.key(key)}`)
      continue
    }
    try {
      validateHeaderName(name)
      validateHeaderValue(name, value)
    } catch (error) {
      section.error(key, `no header can be so: ${messageOf(error)}`, 'write letters, digits and signs of ASCII')
    }
  }
}

const thisMachine = /^(localhost|127\.[\d.]+|\[::1\])$/

function checkAuthorization(options: HttpSinkOptions, section: Section): void {
  const { username, password, bearerToken } = options
  const url = URL.parse(options.endpoint)
  if ((bearerToken ?? password) && url?.protocol === 'http:' && !thisMachine.test(url.hostname)) {
    section.warning('endpoint', 'password or bearerToken goes over the network as it is', 'use https')
  }
  if (bearerToken !== undefined && username !== undefined) {
    section.error(
      'bearerToken',
      'bearerToken and username are both set, and there is one header for them',
      'remove one',
    )
  }
  if ((username === undefined) !== (password === undefined)) {
    section.error('username', 'username and password belong together', 'set both or none of them')
  }
}
