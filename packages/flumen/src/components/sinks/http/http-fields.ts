import { field } from '../../../component/kit.ts'
import { clientTlsFields } from '../../rpc/client-tls.ts'

const { ssl: _, verifyHostname: __, ...tlsFields } = clientTlsFields

export const httpSinkFields = {
  endpoint: field.string({ required: true, doc: 'URL of http or https that every request goes to.' }),
  connectTimeout: field.duration({
    default: 5000,
    unit: 'ms',
    min: 1,
    doc: 'How long a connection may take, with TLS where it is spoken.',
  }),
  requestTimeout: field.duration({
    default: 5000,
    unit: 'ms',
    min: 1,
    doc: 'How long a request and its answer may take; then the connection is given up, and the events are sent again.',
  }),
  contentTypeHeader: field.string({
    defaultText: 'text/plain; application/json with json; application/x-ndjson with ndjson',
    doc: 'What Content-Type says.',
  }),
  acceptHeader: field.string({ default: 'text/plain', doc: 'What Accept says.' }),
  defaultRollback: field.boolean({
    default: true,
    doc: 'Whether events are sent again after an answer that is no success and that no rule names.',
  }),
  defaultBackoff: field.boolean({
    default: true,
    doc: 'Whether there is a pause after an answer that is no success and that no rule names.',
  }),
  defaultIncrementMetrics: field.boolean({
    default: false,
    doc: 'Whether EventDrainSuccessCount goes up with an answer that is no success and that no rule names.',
  }),
  rollback: field.prefix({
    placeholder: 'status',
    doc: 'Whether events are sent again after this status: 503, or 5XX for all of them. false above 399: the events are refused for good. Of 2XX without a rule: false.',
  }),
  backoff: field.prefix({
    placeholder: 'status',
    doc: 'Whether there is a pause after this status: 503, or 5XX for all of them. Of 2XX without a rule: false.',
  }),
  incrementMetrics: field.prefix({
    placeholder: 'status',
    doc: 'Whether EventDrainSuccessCount goes up with this status: 200, or 2XX for all of them. Of 2XX without a rule: true.',
  }),
  format: field.enum({
    values: ['body', 'json', 'ndjson', 'text'],
    default: 'body',
    doc: "What a request holds: the body of one event; an array as Flume's JSON handler takes it; the same objects, a line each; the bodies, a line each.",
  }),
  batchSize: field.int({
    default: 1,
    min: 1,
    doc: 'Most events of one take, and of one request unless the format is body: then each event is a request.',
  }),
  maxRequestSize: field.size({
    unit: 'B',
    default: 1024 * 1024,
    min: 1,
    doc: 'Most bytes of the bodies in one request; an event that is larger goes alone.',
  }),
  emptyBodies: field.enum({
    values: ['reject', 'send'],
    default: 'reject',
    doc: 'What becomes of an event without a body where the format is body or text: it goes to the dead letters, or an empty request or line is sent.',
  }),
  malformedBodies: field.enum({
    values: ['reject', 'replace'],
    default: 'reject',
    doc: 'What becomes of a body that is not UTF-8 where the format is json or ndjson: it goes to the dead letters, or U+FFFD stands for what is wrong.',
  }),
  compression: field.enum({
    values: ['none', 'gzip', 'zstd'],
    default: 'none',
    doc: "How requests are compressed. Flume's HTTP source takes them as they are only.",
  }),
  compressionLevel: field.int({
    min: 0,
    max: 22,
    defaultText: '6 with gzip, 3 with zstd',
    doc: 'How much is done for a small size; at most 9 with gzip.',
  }),
  ordered: field.boolean({
    default: true,
    doc: 'Whether events arrive in the order of the channel: one request at a time.',
  }),
  maxConnections: field.int({
    default: 4,
    min: 1,
    max: 256,
    doc: 'Most requests at one time, each with a connection of its own, where ordered is false.',
  }),
  maxRetryAfter: field.duration({
    default: 300,
    unit: 's',
    min: 0,
    doc: 'The longest pause that the other side may ask for with Retry-After. 0: it is not heard.',
  }),
  headers: field.prefix({ placeholder: 'name', doc: 'Another header of every request.' }),
  username: field.string({ doc: 'Name for HTTP Basic; with password.' }),
  password: field.secret({ doc: 'Password for HTTP Basic.' }),
  bearerToken: field.secret({ doc: 'Token for the header Authorization: Bearer.' }),
  ...tlsFields,
  verifyHostname: field.boolean({
    default: true,
    doc: "Compares the endpoint's host with the names in its certificate.",
  }),
}
