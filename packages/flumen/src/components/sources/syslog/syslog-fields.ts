import { field, type OptionsOf, type Section } from '../../../component/kit.ts'
import { messageOf } from '../../../core/index.ts'
import type { CustomFormat } from '../../../protocols/syslog/classic-parser.ts'
import { customFormat } from '../../../protocols/syslog/custom-format.ts'
import { keptFields } from '../../../protocols/syslog/keep-fields.ts'

/** What all three sources of syslog have. */
export const messageFields = {
  keepFields: field.string({
    default: 'none',
    doc: 'What of the head of a message stays in the body: all, none, or some of priority, version, timestamp, hostname.',
  }),
  clientIPHeader: field.string({ doc: 'Name of a header that gets the address of the client. Unset: none.' }),
  clientHostnameHeader: field.string({
    doc: "Name of a header that gets the client's host name by reverse lookup, or else its address. Unset: none.",
  }),
  structuredData: field.boolean({
    default: false,
    doc: 'Makes headers of what RFC 5424 has: appName, procId, msgId, and <SD-ID>.<name> of each parameter.',
  }),
}

/** What those over TCP have. */
export const streamFields = {
  eventSize: field.int({
    default: 2500,
    min: 1,
    doc: 'Longest message in bytes; a longer one is cut and the rest are messages of their own.',
  }),
  framing: field.enum({
    values: ['auto', 'newline', 'relp'],
    default: 'auto',
    doc: 'auto: a message may have its length before it (RFC 6587), each as it comes; newline: a line is a message; relp: the protocol RELP, whose clients get an answer when a message is stored and send it again otherwise.',
  }),
  lineTimeout: field.duration({
    default: 60,
    unit: 's',
    min: 0,
    doc: 'A connection that has begun a message, or TLS, and not ended it for so long is closed; 0: never. An idle one is not.',
  }),
  maxConnections: field.int({
    default: 0,
    min: 0,
    doc: 'Most connections at once to a port; more are closed as they come. 0: no bound.',
  }),
  maxConnectionsPerAddress: field.int({
    default: 0,
    min: 0,
    doc: 'Most connections at once from one address to a port; more are closed as they come. 0: no bound.',
  }),
}

/** A format of the user's own; syslogtcp and syslogudp have it. */
export const formatFields = {
  format: field.group({
    doc: 'A format that is tried before those of RFC 5424 and RFC 3164.',
    fields: {
      regex: field.regex({
        doc: 'Expression for a whole message; its groups are priority, version, timestamp, host name and body.',
      }),
      search: field.regex({ doc: 'What in the timestamp is replaced before it is read.' }),
      replace: field.string({ doc: 'What it is replaced by.' }),
      dateFormat: field.string({ doc: 'How the timestamp is written, as a pattern of Joda-Time.' }),
    },
  }),
}

type FormatOptions = OptionsOf<typeof formatFields>['format']

export function checkMessages({ keepFields }: OptionsOf<typeof messageFields>, section: Section): void {
  const isNone = ['none', 'false'].includes(keepFields.trim().toLowerCase())
  if (isNone || keptFields(keepFields) !== 'none') return
  const fix = 'write all, none, or some of priority version timestamp hostname'
  section.warning('keepFields', `"${keepFields.slice(0, 80)}" names no field, so none is kept`, fix)
}

export function checkFormat(format: FormatOptions, section: Section): void {
  try {
    formatOf(format)
  } catch (error) {
    section.error('format', messageOf(error), 'see the pattern letters of Joda-Time and the groups of the expression')
  }
}

export function formatOf({ regex, search, replace, dateFormat }: FormatOptions): CustomFormat | undefined {
  if (!regex) return undefined
  return customFormat({ regex: regex.source, search: search?.source, replace, dateFormat })
}

/** Without RELP a source of syslog cannot tell its clients anything. */
export function mayLoseStreams({ framing }: Pick<OptionsOf<typeof streamFields>, 'framing'>): string | undefined {
  return framing === 'relp' ? undefined : silentClients
}

const silentClients =
  'nobody who sends syslog is told what is stored: what is on its way when the connection or the agent breaks is lost'

export const streamMetrics = [
  { name: 'openConnections', kind: 'gauge', doc: 'Connections there are.' },
  { name: 'connectionsRefused', kind: 'counter', doc: 'Connections closed as they came because of a bound.' },
  { name: 'tlsFailures', kind: 'counter', doc: 'Connections that no TLS could be agreed on with.' },
  { name: 'messagesInvalid', kind: 'counter', doc: 'Events with the status Invalid.' },
  { name: 'messagesCut', kind: 'counter', doc: 'Messages that were too long.' },
  {
    name: 'messagesUnterminated',
    kind: 'counter',
    doc: 'Messages without an end when their connection ended; no events.',
  },
  { name: 'protocolErrors', kind: 'counter', doc: 'Connections closed because they did not speak RELP.' },
  { name: 'lineTimeouts', kind: 'counter', doc: 'Connections closed because a message was not ended in time.' },
  {
    name: 'messagesLost',
    kind: 'counter',
    isLoss: true,
    doc: 'Messages that were read and could not be stored before the source stopped.',
  },
] as const
