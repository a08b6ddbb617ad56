import { field } from '../../../component/kit.ts'
import { serverTlsFields } from '../server-tls.ts'

const noJetty = 'there is no Jetty here'

export const httpFields = {
  port: field.port({ required: true, doc: 'Port to listen on; 0 takes a free one.' }),
  bind: field.host({ default: '0.0.0.0', doc: 'Host name or address to listen on; 0.0.0.0 or :: for all.' }),
  handler: field.component('httpHandler', { default: 'json', doc: 'What makes events of a request.' }),
  maxBodySize: field.size({
    unit: 'B',
    min: 1,
    defaultText: '16 MiB; what the handler takes of a body that is not compressed, where it says so',
    doc: 'Most bytes of a body, as it comes and when it is decompressed; a larger one is answered with 413.',
  }),
  maxInflationRatio: field.int({
    default: 100,
    min: 1,
    doc: 'A compressed body that grows to more than so many times its size, and to more than 1 MiB, is answered with 413.',
  }),
  maxHeldSize: field.size({
    unit: 'MiB',
    default: 128,
    min: 1,
    doc: 'Most bytes of all requests that are not answered yet, but never less than one body; what goes beyond is answered with 429.',
  }),
  retryAfter: field.duration({
    default: 1,
    unit: 's',
    min: 1,
    doc: 'The pause that a client is asked for with 429 and 503, in the header Retry-After.',
  }),
  requestTimeout: field.duration({
    default: 60,
    unit: 's',
    min: 0,
    doc: 'A request that has begun and is not whole after so long is answered with 408, as is a connection that never begins one; 0: never.',
  }),
  idleTimeout: field.duration({
    default: 120,
    unit: 's',
    min: 0,
    doc: 'A connection without a request is closed so long after its last answer; 0: never.',
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
  ...serverTlsFields,
  ssl: field.boolean({
    default: false,
    aliases: ['enableSSL'],
    doc: 'Speaks HTTPS; nothing else of TLS has an effect without it.',
  }),
  'keystore-password': field.secret({
    aliases: ['keystorePassword'],
    global: { property: 'javax.net.ssl.keyStorePassword', variable: 'FLUME_SSL_KEYSTORE_PASSWORD' },
    doc: 'Password of the key store and of the key in it.',
  }),
  'exclude-protocols': field.list({
    default: ['SSLv3'],
    aliases: ['excludeProtocols'],
    global: { property: 'flume.ssl.exclude.protocols', variable: 'FLUME_SSL_EXCLUDE_PROTOCOLS' },
    doc: 'Protocols that are refused; of those that there are here, TLSv1.2 and TLSv1.3.',
  }),
  QueuedThreadPool: field.prefix({ placeholder: 'setter', ignored: noJetty, doc: "Settings of Jetty's threads." }),
  HttpConfiguration: field.prefix({ placeholder: 'setter', ignored: noJetty, doc: "Settings of Jetty's HTTP." }),
  SslContextFactory: field.prefix({ placeholder: 'setter', ignored: noJetty, doc: "Settings of Jetty's TLS." }),
  ServerConnector: field.prefix({ placeholder: 'setter', ignored: noJetty, doc: "Settings of Jetty's listener." }),
}
